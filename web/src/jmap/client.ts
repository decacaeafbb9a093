// JMAP over HTTP: RFC 8620 §3. All calls of one tick travel in one request; a request that was lost on the way, and a call that met
// a server behind ours that was not there, is sent again as long as repeating it cannot do harm; a session that ended is waited for,
// so that nothing typed is lost. It knows no record and no screen.

import { capabilities, type Invocation, type JmapResponse, type SessionResource } from '#shared/jmap/core.ts'
import {
  type Args,
  type ArgsOrReferences,
  JmapError,
  type MethodName,
  type Result,
  type ResultReference,
} from './methods.ts'
import { delayMs } from './retry-policy.ts'
import { type Connection, openTransport, type TransportOptions, wakeableSleep } from './transport.ts'
import { type Answers, isReading, isRepeatable, mergeSetAnswers, retryAfterOf, toRepeat } from './unavailable.ts'
import { uploadBlob } from './upload.ts'

/** A call that has been put into a request; `ref` names a part of its result for a later call of the same batch. */
export interface Call<M extends MethodName> extends Promise<Result<M>> {
  ref(path: string): ResultReference
}

export interface Batch {
  call<M extends MethodName>(name: M, args: ArgsOrReferences<M>): Call<M>
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Send again what was lost or unavailable although the call creates something; only for what the server knows as a repeat. */
  readonly mayRepeat?: boolean
  /** In a request of its own: its answer may take long, and what travels with it would wait too. */
  readonly isApart?: boolean
  /** Lets the request outlive the page (fetch keepalive). */
  readonly outlivesPage?: boolean
}

export interface UploadOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
}

export interface JmapClient {
  readonly session: SessionResource
  /** The primary account for mail. */
  readonly accountId: string
  /** Calls of one tick travel in one request. */
  call<M extends MethodName>(name: M, args: Args<M>, options?: CallOptions): Promise<Result<M>>
  /** Calls that stay together in one request and may refer to each other's results. */
  batch<T>(build: (batch: Batch) => T, options?: CallOptions): T
  upload(file: Blob, options?: UploadOptions): Promise<{ blobId: string; type: string; size: number }>
  downloadUrl(blobId: string, name: string, type?: string): string
  readonly connection: Connection
}

interface Pending {
  readonly name: string
  readonly args: Record<string, unknown>
  readonly callId: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  /** Of a /set: what was answered before, while the items that were unavailable are asked for again. */
  readonly answered?: Record<string, unknown>
}
interface Group {
  readonly calls: readonly Pending[]
  readonly options: CallOptions
}

/** No longer is a method asked again that is unavailable: then whoever waits is told. */
const repeatForMs = 20_000

export function openClient(session: SessionResource, options: TransportOptions): JmapClient {
  const accountId = session.primaryAccounts[capabilities.mail] ?? ''
  const core = session.capabilities[capabilities.core] as { maxCallsInRequest?: number } | undefined
  const maxCalls = core?.maxCallsInRequest ?? 16
  const using = Object.values(capabilities).filter(
    (urn) => urn in session.capabilities && urn !== capabilities.websocket,
  )
  const transport = openTransport(options)
  const { sleep = wakeableSleep, now = Date.now } = options
  let waiting: Group[] = []
  let nextCallId = 0

  /** Objects that a change is under way to, and when it is over. */
  const changing = new Map<string, Promise<unknown>>()

  /** Two changes of one object are made in the order they were asked for, even if the first has to be sent again. */
  function enqueue(group: Group, done: Promise<unknown>): void {
    const changes = group.calls.flatMap(changedObjects)
    const earlier = new Set(changes.flatMap((key) => changing.get(key) ?? []))
    for (const key of changes) changing.set(key, done)
    void done.then(() => {
      for (const key of changes) if (changing.get(key) === done) changing.delete(key)
    })
    // A page that goes away gets no further tick.
    if (group.options.outlivesPage) void send([group])
    else if (earlier.size === 0) put(group)
    else void Promise.all(earlier).then(() => put(group))
  }

  function put(group: Group): void {
    // A task of its own, not a microtask: what one event or render sets off takes several turns of promises.
    if (waiting.length === 0) setTimeout(flush, 0)
    waiting.push(group)
  }

  function flush(): void {
    const groups = waiting
    waiting = []
    // What may be lost apart travels apart: a call with options of its own does not drag its neighbours along.
    const shared = groups.filter((group) => isPlain(group))
    for (const group of groups) if (!isPlain(group)) void send([group])
    for (const batch of pack(shared, maxCalls)) void send(batch)
  }

  async function send(groups: readonly Group[], repeats = 0, giveUpAt = Number.POSITIVE_INFINITY): Promise<void> {
    const calls = groups.flatMap((group) => group.calls)
    const { signal, mayRepeat, outlivesPage } = groups[0]?.options ?? {}
    const body = JSON.stringify({ using, methodCalls: calls.map((call) => [call.name, call.args, call.callId]) })
    let unsettled = calls
    try {
      const response = await transport.request(session.apiUrl, body, {
        signal,
        mayRepeat: mayRepeat ?? calls.every(isRepeatable),
        isReading: calls.every(isReading),
        outlivesPage: outlivesPage ?? false,
      })
      const answers = answersOf(response as JmapResponse)
      const again = groups.map((group) => ({
        calls: toRepeat(group.calls, answers, group.options.mayRepeat).map(({ call, args }) =>
          narrowed(call, args, answers),
        ),
        options: group.options,
      }))
      const left = new Map(again.flatMap((group) => group.calls.map((call) => [call.callId, call])))
      const waitMs = delayMs(repeats, retryAfterOf(answers))
      const lastAt = Math.min(giveUpAt, now() + repeatForMs)
      const isGivenUp = now() + waitMs > lastAt
      unsettled = []
      for (const call of calls) {
        if (isGivenUp || !left.has(call.callId)) settle(call, answers.get(call.callId))
      }
      if (isGivenUp || left.size === 0) return
      unsettled = [...left.values()]
      await sleep(waitMs, signal)
      void send(
        again.filter((group) => group.calls.length > 0),
        repeats + 1,
        lastAt,
      )
    } catch (error) {
      for (const call of unsettled) refuse(call, error)
    }
  }

  function batch<T>(build: (batch: Batch) => T, callOptions: CallOptions = {}): T {
    const calls: Pending[] = []
    const promises: Promise<unknown>[] = []
    const result = build({
      call<M extends MethodName>(name: M, args: ArgsOrReferences<M>): Call<M> {
        const callId = `c${nextCallId++}`
        const promise = new Promise<Result<M>>((resolve, reject) => {
          calls.push({ name, args, callId, resolve: resolve as (value: unknown) => void, reject })
        })
        // Whoever awaits only the last of a batch must not be told twice of one failure.
        promise.catch(() => {})
        promises.push(promise)
        return Object.assign(promise, { ref: (path: string) => ({ resultOf: callId, name, path }) })
      },
    })
    if (calls.length > 0) enqueue({ calls, options: callOptions }, Promise.allSettled(promises))
    return result
  }

  return {
    session,
    accountId,
    batch,
    call: (name, args, callOptions) => batch((b) => b.call(name, args as never), callOptions),
    upload: (file, uploadOptions = {}) =>
      uploadBlob(session.uploadUrl.replace('{accountId}', encodeURIComponent(accountId)), file, options, uploadOptions),
    // RFC 8620 §6.2: a URI template of level 1.
    downloadUrl: (blobId, name, type = 'application/octet-stream') =>
      session.downloadUrl
        .replace('{accountId}', encodeURIComponent(accountId))
        .replace('{blobId}', encodeURIComponent(blobId))
        .replace('{name}', encodeURIComponent(name || 'unnamed'))
        .replace('{type}', encodeURIComponent(type)),
    connection: transport.connection,
  }
}

function isPlain({ options }: Group): boolean {
  return !options.signal && !options.isApart && options.mayRepeat === undefined
}

/** Requests of at most `maxCalls` calls; a group is never cut, for its references hold within one request only. */
export function pack(groups: readonly Group[], maxCalls: number): Group[][] {
  const requests: Group[][] = []
  let size = Number.POSITIVE_INFINITY
  let wasCreating = false
  for (const group of groups) {
    const isCreating = !group.calls.every(isRepeatable)
    // A creation is not repeated when its answer is lost, so it must not take reads down with it.
    if (size + group.calls.length > maxCalls || isCreating !== wasCreating) {
      requests.push([])
      size = 0
    }
    wasCreating = isCreating
    size += group.calls.length
    requests.at(-1)?.push(group)
  }
  return requests
}

function changedObjects({ name, args }: Pending): string[] {
  if (!name.endsWith('/set')) return []
  const { update, destroy } = args as { update?: object | null; destroy?: readonly string[] | null }
  return [...Object.keys(update ?? {}), ...(destroy ?? [])].map((id) => `${name} ${id}`)
}

function answersOf(response: JmapResponse): Answers {
  const byId = new Map<string, Invocation>()
  // The first answer with a call's id is its own; implicit calls after it share the id (RFC 8621 §7.5).
  for (const invocation of response.methodResponses) {
    if (!byId.has(invocation[2])) byId.set(invocation[2], invocation)
  }
  return byId
}

/** The same call, for what it has not got yet. */
function narrowed(call: Pending, args: Pending['args'], answers: Answers): Pending {
  const answer = answers.get(call.callId)
  if (answer?.[0] !== call.name || args === call.args) return call
  return { ...call, args, answered: call.answered ? mergeSetAnswers(call.answered, answer[1]) : answer[1] }
}

function settle(call: Pending, answer: Invocation | undefined): void {
  if (!answer) refuse(call, new JmapError('serverFail', `no answer to ${call.name}`))
  else if (answer[0] === 'error') {
    const { type, description } = answer[1] as { type: JmapError['type']; description?: string }
    refuse(call, new JmapError(type, description))
  } else call.resolve(call.answered ? mergeSetAnswers(call.answered, answer[1]) : answer[1])
}

function refuse(call: Pending, error: unknown): void {
  // Some of it is done, and the rest is told item by item.
  if (call.answered) call.resolve(call.answered)
  else call.reject(error)
}
