// JMAP over HTTP: RFC 8620 §3. All calls of one tick travel in one request; a request that was lost on the way is sent
// again as long as repeating it cannot do harm; a session that ended is waited for, so that nothing typed is lost.
// It knows no record and no screen.

import { capabilities, type Invocation, type JmapResponse, type SessionResource } from '#shared/jmap/core.ts'
import {
  type Args,
  type ArgsOrReferences,
  JmapError,
  type MethodName,
  type Result,
  type ResultReference,
} from './methods.ts'
import { type Connection, openTransport, type TransportOptions } from './transport.ts'
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
  /** Send again after a lost connection although the call creates something; only for what the server knows as a repeat. */
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
}
interface Group {
  readonly calls: readonly Pending[]
  readonly options: CallOptions
}

export function openClient(session: SessionResource, options: TransportOptions): JmapClient {
  const accountId = session.primaryAccounts[capabilities.mail] ?? ''
  const core = session.capabilities[capabilities.core] as { maxCallsInRequest?: number } | undefined
  const maxCalls = core?.maxCallsInRequest ?? 16
  const using = Object.values(capabilities).filter(
    (urn) => urn in session.capabilities && urn !== capabilities.websocket,
  )
  const transport = openTransport(options)
  let waiting: Group[] = []
  let nextCallId = 0

  function enqueue(group: Group): void {
    // A page that goes away gets no further tick.
    if (group.options.outlivesPage) return void send([group])
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

  async function send(groups: readonly Group[]): Promise<void> {
    const calls = groups.flatMap((group) => group.calls)
    const { signal, mayRepeat, outlivesPage } = groups[0]?.options ?? {}
    const body = JSON.stringify({ using, methodCalls: calls.map((call) => [call.name, call.args, call.callId]) })
    try {
      const response = await transport.request(session.apiUrl, body, {
        signal,
        mayRepeat: mayRepeat ?? !calls.some(createsSomething),
        outlivesPage: outlivesPage ?? false,
      })
      settle(calls, response as JmapResponse)
    } catch (error) {
      for (const call of calls) call.reject(error)
    }
  }

  function batch<T>(build: (batch: Batch) => T, callOptions: CallOptions = {}): T {
    const calls: Pending[] = []
    const result = build({
      call<M extends MethodName>(name: M, args: ArgsOrReferences<M>): Call<M> {
        const callId = `c${nextCallId++}`
        const promise = new Promise<Result<M>>((resolve, reject) => {
          calls.push({ name, args, callId, resolve: resolve as (value: unknown) => void, reject })
        })
        // Whoever awaits only the last of a batch must not be told twice of one failure.
        promise.catch(() => {})
        return Object.assign(promise, { ref: (path: string) => ({ resultOf: callId, name, path }) })
      },
    })
    if (calls.length > 0) enqueue({ calls, options: callOptions })
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
    const isCreating = group.calls.some(createsSomething)
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

/** Repeating a creation would create twice; patches and destructions are the same said once or twice. */
function createsSomething(call: Pick<Pending, 'name' | 'args'>): boolean {
  if (/\/(import|copy|send)$/.test(call.name)) return true
  return call.name.endsWith('/set') && Object.keys((call.args.create as object | null | undefined) ?? {}).length > 0
}

function settle(calls: readonly Pending[], response: JmapResponse): void {
  const byId = new Map<string, Invocation>()
  // The first answer with a call's id is its own; implicit calls after it share the id (RFC 8621 §7.5).
  for (const invocation of response.methodResponses) {
    if (!byId.has(invocation[2])) byId.set(invocation[2], invocation)
  }
  for (const call of calls) {
    const answer = byId.get(call.callId)
    if (!answer) call.reject(new JmapError('serverFail', `no answer to ${call.name}`))
    else if (answer[0] === 'error') {
      const { type, description } = answer[1] as { type: JmapError['type']; description?: string }
      call.reject(new JmapError(type, description))
    } else call.resolve(answer[1])
  }
}
