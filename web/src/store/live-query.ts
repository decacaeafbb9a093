// A list that stays true (LiveQuery of types.ts): reads the windows that are on screen, follows Email/queryChanges, and
// shows at once what actions do. One request at a time per list, so that answers are applied in the order of the truth.

import type { QueryResponse } from '#shared/jmap/core.ts'
import type { JmapClient } from '../jmap/client.ts'
import { JmapError } from '../jmap/methods.ts'
import type { EmailTable } from './emails.ts'
import type { Loader } from './loader.ts'
import { matchesFilter } from './match-filter.ts'
import { createSignal } from './signals.ts'
import type { LiveQuery, QuerySpec, QueryStatus } from './types.ts'
import { WindowedIds } from './windowed-ids.ts'

/** Rows read around what is on screen: the first screen takes one window, scrolling reads ahead. */
const windowRows = 50
const aheadRows = 20
const idsPerPage = 1_000

export interface StoredQuery extends LiveQuery {
  readonly isWatched: boolean
  /** The server has changed: asks what, if anybody is looking; else on the next look. */
  refresh(): Promise<void>
  /** These messages moved or went, by an action or its rollback. */
  recheck(emailIds: Iterable<string>): void
  /** Shows nothing, while the folder is being emptied. */
  setEmptied(isEmptied: boolean): void
}

export interface LiveQueryDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  readonly loader: Loader
}

export function createLiveQuery({ client, emails, loader }: LiveQueryDeps, spec: QuerySpec): StoredQuery {
  const ids = new WindowedIds()
  const signal = createSignal()
  const querySpec = { filter: spec.filter, sort: spec.sort ?? newestFirst, collapseThreads: spec.collapseThreads }
  let status: QueryStatus = 'loading'
  let error: unknown
  let version = 0
  let queryState: string | undefined
  let canCalculateChanges = true
  let isTotalKnown = false
  /** The rest of a window is on its way. */
  let isCompleting = false
  let refreshes = 0
  let shown = { from: 0, to: windowRows }
  let isStale = false
  let isEmptied = false
  let isPumping = false
  let tail: Promise<void> = Promise.resolve()

  function changed(): void {
    version++
    signal.emit()
  }

  /** Everything that talks to the server goes through here, one after the other. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    tail = tail.then(work).catch((cause: unknown) => {
      status = status === 'ready' && ids.knownIds().length > 0 ? 'ready' : 'failed'
      error = cause
      changed()
    })
    return tail
  }

  /** Reads what is on screen and missing, until nothing is. Looks at the screen anew each time: a fast scroll skips. */
  function pump(): void {
    if (isPumping) return
    isPumping = true
    void inTurn(async () => {
      try {
        if (queryState === undefined) await readWindow(0, windowRows)
        for (let gap = nextGap(); gap; gap = nextGap()) await readWindow(gap.from, gap.to - gap.from)
      } finally {
        isPumping = false
      }
    })
  }

  function nextGap(): { from: number; to: number } | null {
    const to = shown.to + ids.hiddenCount
    if (!ids.missing(shown.from, to)) return null
    return ids.missing(shown.from - aheadRows, Math.max(to + aheadRows, shown.from + windowRows))
  }

  async function readWindow(position: number, limit: number): Promise<void> {
    const { window, rest } = await loader.fetchWindow(querySpec, position, limit)
    take(window, limit)
    if (rest !== null && !isCompleting) complete(rest, limit)
  }

  /** What comes behind is taken in its turn: meanwhile the list scrolls and shows what actions do. */
  function complete(rest: () => Promise<QueryResponse>, limit: number): void {
    isCompleting = true
    const before = refreshes
    const read = rest()
    const settled = read.then(
      () => {},
      () => {},
    )
    void settled.then(() =>
      inTurn(async () => {
        isCompleting = false
        // Asked for again when the list is looked at next, or changes.
        isStale = true
        take(await read, limit)
        isStale = false
        // It may be older than the news that came while it was made.
        if (refreshes !== before) await readChanges()
      }).then(pump),
    )
  }

  function take(window: QueryResponse, limit: number): void {
    const end = window.position + window.ids.length
    const isLast = window.ids.length < Math.min(limit, window.limit ?? limit)
    const total =
      window.total ??
      // A list never gets shorter by what is not known: the screen would jump.
      (isLast ? end : Math.max(ids.length, isTotalKnown ? end : end + windowRows))
    isTotalKnown ||= window.total !== undefined || isLast
    if (queryState !== undefined && window.queryState !== queryState) ids.distrust()
    queryState = window.queryState
    canCalculateChanges = window.canCalculateChanges
    // A list that shrank to less than was asked for: what is beyond its end does not exist.
    ids.put(window, window.ids.length === 0 ? Math.min(total, window.position) : total)
    status = 'ready'
    error = undefined
    recheckPending(window.ids)
    changed()
  }

  async function readChanges(): Promise<void> {
    isStale = false
    if (queryState === undefined) return
    try {
      if (!canCalculateChanges) throw new JmapError('cannotCalculateChanges')
      const { accountId } = client
      const changes = await client.call('Email/queryChanges', {
        accountId,
        ...querySpec,
        sinceQueryState: queryState,
        calculateTotal: true,
      })
      if (changes.newQueryState === queryState && changes.removed.length === 0 && changes.added.length === 0) return
      // Heads first, so that a new row never shows up empty.
      await loader.loadRows(
        changes.added.filter(({ index }) => index < shown.to + aheadRows).map(({ id }) => id),
        spec.collapseThreads,
      )
      ids.apply(changes)
      queryState = changes.newQueryState
    } catch (cause) {
      if (!(cause instanceof JmapError) || (cause.type !== 'cannotCalculateChanges' && cause.type !== 'tooManyChanges'))
        throw cause
      ids.distrust()
      await readWindow(shown.from, Math.max(windowRows, shown.to - shown.from))
    }
    recheckPending(ids.knownIds())
    changed()
  }

  function recheckPending(rows: readonly string[]): void {
    for (const id of rows) if (rowIds(id).some(emails.hasPending)) ids.setHidden(id, !isStillIn(id))
  }

  /** The messages that a row stands for. */
  function rowIds(id: string): readonly string[] {
    const threadId = emails.confirmed(id)?.threadId
    return (spec.collapseThreads && threadId && emails.thread(threadId)?.emailIds) || [id]
  }

  function isStillIn(id: string): boolean {
    return rowIds(id).some((emailId) => {
      const email = emails.get(emailId)
      if (email) return matchesFilter(spec.filter, email) !== false
      // Not read yet is not known; read before and gone now is destroyed.
      return emails.confirmed(emailId) === undefined && emailId === id
    })
  }

  function recheck(emailIds: Iterable<string>): void {
    if (status !== 'ready') return
    const touched = new Set(emailIds)
    const threads = new Set([...touched].flatMap((id) => emails.confirmed(id)?.threadId ?? []))
    const rowThreads = new Set<string>()
    for (const id of ids.knownIds()) {
      const threadId = emails.confirmed(id)?.threadId
      if (threadId) rowThreads.add(threadId)
      if (!touched.has(id) && !(spec.collapseThreads && threadId && threads.has(threadId))) continue
      ids.setHidden(id, !isStillIn(id))
    }
    if (spec.sort === undefined) for (const id of touched) showEarly(id, rowThreads)
    changed()
  }

  /** A message that an action brings into this list, before the server lists it. */
  function showEarly(id: string, rowThreads: Set<string>): void {
    const email = emails.get(id)
    if (!email || ids.has(id) || matchesFilter(spec.filter, email) !== true) return
    if (spec.collapseThreads && rowThreads.has(email.threadId)) return
    rowThreads.add(email.threadId)
    ids.insert(id, (other) => (emails.confirmed(other)?.receivedAt ?? '9') < email.receivedAt)
  }

  return {
    spec,
    get status() {
      return status
    },
    get error() {
      return error
    },
    get total() {
      return isEmptied ? 0 : ids.total
    },
    get isTotalKnown() {
      return isTotalKnown
    },
    get version() {
      return version
    },
    get isWatched() {
      return signal.isWatched()
    },
    idAt: (position) => (isEmptied ? undefined : ids.idAt(position)),
    positionOf: (id) => ids.positionOf(id),
    show(from, to) {
      shown = { from, to }
      if (status !== 'failed' && (queryState === undefined || nextGap())) pump()
    },
    async allEmailIds(abort) {
      const { accountId } = client
      const all: string[] = []
      for (;;) {
        const page = await client.call(
          'Email/query',
          { accountId, filter: spec.filter, sort: newestFirst, position: all.length, limit: idsPerPage },
          abort ? { signal: abort } : {},
        )
        all.push(...page.ids)
        if (page.ids.length === 0 || page.ids.length < (page.limit ?? idsPerPage)) return [...new Set(all)]
      }
    },
    retry() {
      status = 'loading'
      error = undefined
      changed()
      pump()
    },
    subscribe(listener) {
      const end = signal.subscribe(listener)
      if (queryState === undefined) pump()
      else if (isStale) void inTurn(readChanges).then(pump)
      return end
    },
    refresh() {
      refreshes++
      if (!signal.isWatched()) {
        isStale = true
        return Promise.resolve()
      }
      return inTurn(readChanges).then(pump)
    },
    recheck,
    setEmptied(next) {
      isEmptied = next
      changed()
    },
  }
}

const newestFirst = [{ property: 'receivedAt', isAscending: false }] as const
