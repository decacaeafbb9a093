// One JMAP request over fetch: headers, retries with backoff, waiting for the network or for a new sign-in, and the one
// word on how the connection is. Nothing here reads what is inside a request.

import { askAgain, silentMs } from './ask-again.ts'
import { JmapError } from './methods.ts'
import { positions } from './positions.ts'
import { delayMs, fateOf } from './retry-policy.ts'

export type ConnectionState = 'online' | 'reconnecting' | 'offline' | 'signedOut'

export interface Connection {
  state(): ConnectionState
  subscribe(listener: () => void): () => void
  /** What else notices (push, the browser's events) says so here. */
  set(state: ConnectionState): void
}

export interface TransportOptions {
  readonly fetch?: typeof fetch
  readonly csrf: () => string
  /** Called when a request meets 401; resolves when somebody has signed in again. Requests wait meanwhile. */
  readonly signInAgain: () => Promise<void>
  /** Reads the CSRF token anew when the server refuses the one that we have; false if there is no session any more. */
  readonly renewCsrf?: () => Promise<boolean>
  /** Injected by tests. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly now?: () => number
  /** How long a request that only reads waits before it is asked again beside. */
  readonly silentMs?: number
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  readonly mayRepeat: boolean
  /** It changes nothing: may be asked twice at once. */
  readonly isReading: boolean
  readonly outlivesPage: boolean
}

export interface Transport {
  request(url: string, body: string, options: RequestOptions): Promise<unknown>
  readonly connection: Connection
}

export function openTransport(options: TransportOptions): Transport {
  const send = options.fetch ?? fetch.bind(globalThis)
  const sleep = options.sleep ?? wakeableSleep
  const connection = openConnection()
  let signingIn: Promise<void> | undefined
  /** Requests that met no server and are on their next try: until the last of them is through, not all is well. */
  const struggling = new Set<symbol>()
  let isReached = true

  async function request(url: string, body: string, options: RequestOptions): Promise<unknown> {
    const self = Symbol('request')
    try {
      return await requestUntilAnswered(self, url, body, options)
    } finally {
      struggling.delete(self)
      if (isReached && struggling.size === 0) connection.set('online')
    }
  }

  function fail(state: ConnectionState, self: symbol): void {
    struggling.add(self)
    isReached = false
    connection.set(state)
  }

  async function requestUntilAnswered(
    self: symbol,
    url: string,
    body: string,
    { signal, mayRepeat, isReading, outlivesPage }: RequestOptions,
  ): Promise<unknown> {
    let mayRenewCsrf = true
    for (let attempt = 0; ; attempt++) {
      let response: Response
      const known = positions.known()
      try {
        const init: RequestInit = {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            'x-csrf-token': options.csrf(),
            ...positions.header(known),
            // For the balancer, which may then ask another node at once.
            ...(mayRepeat && { 'paquebot-repeatable': '1' }),
          },
          body,
          keepalive: outlivesPage,
        }
        response = isReading
          ? await askAgain((either) => send(url, { ...init, signal: either }), signal, options.silentMs ?? silentMs)
          : await send(url, { ...init, signal: signal ?? null })
        if (response.ok) {
          // A body cut short is a lost answer like any other.
          const answer: unknown = await response.json()
          isReached = true
          positions.told(known, response.headers.get('paquebot-position'))
          return answer
        }
      } catch (error) {
        // It may have been done, and nobody told us where.
        positions.forget()
        if (signal?.aborted) throw error
        fail(isOffline() ? 'offline' : 'reconnecting', self)
        if (!mayRepeat) throw new JmapError('network', undefined, error)
        await sleep(delayMs(attempt), signal)
        continue
      }
      if (response.status >= 500) positions.forget()
      if (response.status === 401) {
        isReached = false
        connection.set('signedOut')
        signingIn ??= options.signInAgain().finally(() => {
          signingIn = undefined
        })
        await signingIn
        continue
      }
      if (response.status === 403 && mayRenewCsrf && options.renewCsrf) {
        mayRenewCsrf = false
        if (await options.renewCsrf()) continue
      }
      const fate = fateOf(response)
      if (fate !== 'answered') {
        fail('reconnecting', self)
        if (fate === 'unknown' && !mayRepeat) throw new JmapError('network', `HTTP ${response.status}`)
        await sleep(delayMs(attempt, response.headers.get('retry-after')), signal)
        continue
      }
      throw await problem(response)
    }
  }

  return { request, connection }
}

/** RFC 8620 §3.6.1: application/problem+json. */
async function problem(response: Response): Promise<JmapError> {
  const body = (await response.json().catch(() => ({}))) as { type?: string; detail?: string }
  const type = body.type?.replace('urn:ietf:params:jmap:error:', '')
  if (type === 'notJSON' || type === 'notRequest' || type === 'limit' || type === 'unknownCapability') {
    return new JmapError(type, body.detail)
  }
  return new JmapError('serverFail', body.detail ?? `HTTP ${response.status}`)
}

function openConnection(): Connection {
  let state: ConnectionState = isOffline() ? 'offline' : 'online'
  const listeners = new Set<() => void>()
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    set(next) {
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
  }
}

function isOffline(): boolean {
  return typeof navigator !== 'undefined' && navigator.onLine === false
}

/** Sleeps, but wakes as soon as the browser has a network again. */
export function wakeableSleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', wake)
      signal?.removeEventListener('abort', wake)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(wake, ms)
    globalThis.addEventListener?.('online', wake)
    signal?.addEventListener('abort', wake)
  })
}
