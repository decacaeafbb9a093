// Fetches heads of messages and conversations that are not held. What is asked for in one tick is asked for once.
//
// How many conversations a list has, and what belongs to one, a server may know only after it has read the whole account. So a
// list of conversations has its rows first and those behind, until an answer with all of it has shown that the server knows.

import type { QueryResponse } from '#shared/jmap/core.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { Batch, Call, CallOptions, JmapClient } from '../jmap/client.ts'
import { JmapError } from '../jmap/methods.ts'
import type { EmailTable } from './emails.ts'
import { type EmailHead, emailHeadProperties, type QuerySpec } from './types.ts'

export interface LoaderDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  /** A state that an answer carried: whoever syncs compares it with the one it knows. */
  readonly noteState: (type: 'Email' | 'Thread', state: string) => void
}

export interface ReadWindow {
  /** Without `total`, it is not known yet. */
  readonly window: QueryResponse
  /** Null: that was all. Else asks for the same window with its total and its conversations, however long that takes. */
  readonly rest: (() => Promise<QueryResponse>) | null
}

/** So long a server that answered whole windows before may take for one, until its rows are asked for alone. */
const patienceMs = 400

export type Loader = ReturnType<typeof createLoader>

export function createLoader({ client, emails, noteState }: LoaderDeps) {
  const { accountId } = client
  const core = client.session.capabilities[capabilities.core] as { maxObjectsInGet?: number } | undefined
  const maxObjects = Math.min(core?.maxObjectsInGet ?? 256, 256)
  const wantedEmails = createCollector(async (ids) => {
    for (const chunk of chunksOf(ids, maxObjects)) {
      const answer = await client.call('Email/get', { accountId, ids: chunk, properties: emailHeadProperties })
      emails.put(answer.list)
      emails.remove(answer.notFound)
      noteState('Email', answer.state)
    }
  })
  const wantedThreads = createCollector(async (ids) => {
    for (const chunk of chunksOf(ids, maxObjects)) {
      const answer = await client.call('Thread/get', { accountId, ids: chunk })
      emails.putThreads(answer.list)
      emails.removeThreads(answer.notFound)
      noteState('Thread', answer.state)
    }
  })

  /** Reads anew, held or not. */
  const fetchEmails = (ids: readonly string[]) => wantedEmails(ids)
  const loadEmails = (ids: readonly string[]) => wantedEmails(ids.filter((id) => !emails.confirmed(id)))
  const fetchThreads = (ids: readonly string[]) => wantedThreads(ids)

  /** All that rows need: the heads, and for conversations all of their messages' heads. */
  async function loadRows(ids: readonly string[], isCollapsed: boolean): Promise<void> {
    await loadEmails(ids)
    if (!isCollapsed) return
    const threadIds = new Set(ids.flatMap((id) => emails.confirmed(id)?.threadId ?? []))
    await wantedThreads([...threadIds].filter((id) => !emails.thread(id)))
    await loadEmails([...threadIds].flatMap((id) => emails.thread(id)?.emailIds ?? []))
  }

  let answersWhole = false
  let lastRest: Promise<unknown> = Promise.resolve()

  /** A window of a list with what its rows show; of a list of conversations at least with the heads of its rows. */
  async function fetchWindow(spec: QuerySpec, position: number, limit: number): Promise<ReadWindow> {
    if (!spec.collapseThreads) return { window: await fetchWhole(spec, position, limit), rest: null }
    if (!answersWhole) return { window: await fetchRows(spec, position, limit), rest }
    const whole = fetchWhole(spec, position, limit)
    if (await isSettledWithin(whole, patienceMs)) return { window: await whole, rest: null }
    answersWhole = false
    return { window: await fetchRows(spec, position, limit), rest: () => whole }

    // One after the other: each of them waits for the same, and who waits takes a place among the requests that an account may have.
    function rest(): Promise<QueryResponse> {
      const next = lastRest.catch(() => {}).then(() => fetchWhole(spec, position, limit, { isApart: true }))
      lastRest = next
      return next
    }
  }

  /** Nothing that a server knows only after it has read the account: no total (RFC 8620 §5.5 makes it wait for one), no threads. */
  async function fetchRows(spec: QuerySpec, position: number, limit: number): Promise<QueryResponse> {
    const calls = client.batch((batch) => {
      const query = batch.call('Email/query', { accountId, ...spec, position, limit })
      return { query, heads: getHeads(batch, query) }
    })
    await calls.heads
    return await calls.query
  }

  /** RFC 8621 §4.10: a window of a list and all that its rows show, in one request. */
  async function fetchWhole(
    spec: QuerySpec,
    position: number,
    limit: number,
    options: CallOptions = {},
  ): Promise<QueryResponse> {
    const calls = client.batch((batch) => {
      const query = batch.call('Email/query', { accountId, ...spec, position, limit, calculateTotal: true })
      return { query, records: spec.collapseThreads ? getConversations(batch, query) : getHeads(batch, query) }
    }, options)
    // Whoever waits for the query must not be told twice of one failure.
    calls.records.catch(() => {})
    const window = await calls.query
    try {
      await calls.records
    } catch (error) {
      // Long conversations may hold more messages than one get may ask for: then in pieces.
      if (!(error instanceof JmapError) || error.type !== 'requestTooLarge') throw error
      await loadRows(window.ids, spec.collapseThreads)
    }
    answersWhole = true
    return window
  }

  async function getHeads(batch: Batch, query: Call<'Email/query'>): Promise<void> {
    const call = batch.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties: emailHeadProperties })
    takeEmails(await call)
  }

  async function getConversations(batch: Batch, query: Call<'Email/query'>): Promise<void> {
    const rows = batch.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties: ['threadId'] })
    const threads = batch.call('Thread/get', { accountId, '#ids': rows.ref('/list/*/threadId') })
    const heads = batch.call('Email/get', {
      accountId,
      '#ids': threads.ref('/list/*/emailIds'),
      properties: emailHeadProperties,
    })
    const found = await threads
    emails.putThreads(found.list)
    noteState('Thread', found.state)
    takeEmails(await heads)
  }

  function takeEmails(answer: {
    readonly list: readonly (Partial<EmailHead> & { id: string })[]
    readonly state: string
  }): void {
    emails.put(answer.list)
    noteState('Email', answer.state)
  }

  return { loadEmails, fetchEmails, fetchThreads, loadRows, fetchWindow }
}

async function isSettledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), late])
  } finally {
    clearTimeout(timer)
  }
}

export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let i = 0; i < list.length; i += size) chunks.push(list.slice(i, i + size))
  return chunks
}

/** Gathers ids of one tick; an id that is on its way is waited for, not asked for again. */
function createCollector(fetchAll: (ids: string[]) => Promise<void>) {
  const flights = new Map<string, Promise<void>>()
  let wanted: Set<string> | undefined
  let flight: Promise<void> | undefined
  return async (ids: readonly string[]): Promise<void> => {
    const waits: Promise<void>[] = []
    for (const id of ids) {
      const running = flights.get(id)
      if (running) {
        waits.push(running)
        continue
      }
      if (!wanted || !flight) {
        const mine = new Set<string>()
        wanted = mine
        flight = Promise.resolve()
          .then(() => {
            wanted = undefined
            return fetchAll([...mine])
          })
          .finally(() => {
            for (const done of mine) flights.delete(done)
          })
      }
      wanted.add(id)
      flights.set(id, flight)
      waits.push(flight)
    }
    await Promise.all(new Set(waits))
  }
}
