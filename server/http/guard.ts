// Who a request comes from, and whether its browser was told to send it by our own page. Used by every front through one hook;
// how a session or a password is proved is the authenticator's (domain/sessions, handed in by boot).
//
// A cookie is sent by the browser whoever asks for it, so its requests must prove two things more: that they come from our own
// origin (Origin, Sec-Fetch-Site), and, when they change anything, that the page knows the session's CSRF token.
// Basic and Bearer are sent by programs on purpose and need neither.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Caller, MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { baseUrlOf } from './base-url.ts'
import { readSessionCookie } from './session-cookie.ts'

/** What the guard needs to know of somebody signed in; domain/sessions' SignedIn is one. */
export interface Identity {
  readonly account: string
  readonly address: string
  readonly credential: MailCredential
  readonly kind: 'cookie' | 'token' | 'basic'
  readonly session: string
  readonly scopes: readonly string[] | null
  readonly csrf: string | null
}

export interface Authenticator<I extends Identity> {
  find(presented: { readonly kind: 'cookie' | 'token'; readonly secret: string }): Promise<I>
  findByPassword(who: {
    readonly username: string
    readonly password: string
    readonly remoteAddress: string
  }): Promise<I>
}

export interface Guard<I extends Identity> {
  /** For `onRequest`: refuses before a body is read. */
  readonly signedIn: onRequestAsyncHookHandler
  /** For `onRequest` of routes that need nobody signed in and yet act (sign-in): only the origin is checked. */
  readonly sameOrigin: onRequestAsyncHookHandler
  /** Of a request that passed `signedIn`. */
  identityOf(request: FastifyRequest): I
  callerOf(request: FastifyRequest): Caller
  baseUrlOf(request: FastifyRequest): string
  /** Aborted when the client goes away. */
  signalOf(request: FastifyRequest): AbortSignal
}

export interface GuardDeps<I extends Identity> {
  readonly authenticator: Authenticator<I>
  readonly baseUrl: string | null
}

/**
 * Positions of the writes seen (ports/sql.ts), told by the client on each request and to it on each reply: opaque, several parted by
 * spaces. A client that tells none reads from the writer.
 */
const positionHeader = 'paquebot-position'
const maxPositionLength = 1024

export function openGuard<I extends Identity>(deps: GuardDeps<I>): Guard<I> {
  const known = new WeakMap<FastifyRequest, { readonly identity: I; readonly caller: Caller }>()
  const signals = new WeakMap<FastifyRequest, AbortSignal>()

  function watch(request: FastifyRequest, reply: FastifyReply): AbortSignal {
    let signal = signals.get(request)
    if (!signal) {
      const gone = new AbortController()
      const { socket } = request.raw
      const leave = () => gone.abort()
      // The socket, not the request: that one closes as soon as its body has been read. A kept-alive socket serves many
      // requests, so each takes its listener away when its reply has ended; a WebSocket lives as long as its socket.
      socket.once('close', leave)
      if (!isWebSocket(request)) reply.raw.once('finish', () => socket.off('close', leave))
      signal = gone.signal
      signals.set(request, signal)
    }
    return signal
  }

  async function identify(request: FastifyRequest): Promise<I> {
    const presented = readAuthorization(request.headers.authorization)
    if (presented?.kind === 'token') return deps.authenticator.find(presented)
    if (presented?.kind === 'basic') {
      return deps.authenticator.findByPassword({ ...presented, remoteAddress: request.ip })
    }
    const secret = readSessionCookie(request)
    if (secret === null) throw new Failure('unauthenticated', { reason: 'no cookie, no Authorization' })
    assertSameOrigin(request, baseUrlOf(request, deps.baseUrl))
    const identity = await deps.authenticator.find({ kind: 'cookie', secret })
    assertCsrf(request, identity)
    return identity
  }

  function found(request: FastifyRequest) {
    const entry = known.get(request)
    if (!entry) throw new Failure('internal', { reason: 'a route without the guard asks who it is' })
    return entry
  }

  return {
    async signedIn(request: FastifyRequest, reply: FastifyReply) {
      const signal = watch(request, reply)
      const identity = await identify(request)
      const { account, address, credential, session } = identity
      const position = request.headers[positionHeader]
      const caller: Caller = {
        account,
        address,
        credential,
        session,
        position: typeof position === 'string' && position.length <= maxPositionLength ? position : null,
        signal,
        requestId: request.id,
      }
      known.set(request, { identity, caller })
      reply.header('cache-control', 'no-store')
    },
    async sameOrigin(request: FastifyRequest, reply: FastifyReply) {
      watch(request, reply)
      assertSameOrigin(request, baseUrlOf(request, deps.baseUrl))
    },
    identityOf: (request) => found(request).identity,
    callerOf: (request) => found(request).caller,
    baseUrlOf: (request) => baseUrlOf(request, deps.baseUrl),
    signalOf(request) {
      const signal = signals.get(request)
      if (!signal) throw new Failure('internal', { reason: 'a route without the guard asks for its signal' })
      return signal
    },
  }
}

export function tellPosition(caller: Caller, reply: FastifyReply): void {
  if (caller.position !== null) reply.header(positionHeader, caller.position)
}

type Presented =
  | { readonly kind: 'token'; readonly secret: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }

function readAuthorization(header: string | undefined): Presented | null {
  if (header === undefined) return null
  const match = /^(\w+) +(\S+) *$/.exec(header)
  const scheme = match?.[1]?.toLowerCase()
  const value = match?.[2] ?? ''
  // RFC 6750 §2.1.
  if (scheme === 'bearer') return { kind: 'token', secret: value }
  if (scheme === 'basic') {
    // RFC 7617 §2: UTF-8, as we say in the challenge; the user name holds no colon.
    const text = Buffer.from(value, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon >= 0) return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
  }
  throw new Failure('unauthenticated', { reason: 'an Authorization that is not understood' })
}

/** What changes nothing needs no token. A WebSocket begins with a GET, and cannot carry one: its Origin is demanded. */
const safeMethods = ['GET', 'HEAD']

function isWebSocket(request: FastifyRequest): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket'
}

function assertSameOrigin(request: FastifyRequest, baseUrl: string): void {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  const isNavigation = site !== undefined && request.headers['sec-fetch-mode'] === 'navigate'
  // A link or a reload may bring somebody here (`none`: typed); what it shows is his own, and nobody else can read it.
  if (isNavigation && safeMethods.includes(request.method) && !isWebSocket(request)) return
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refused({ site })
  if (origin !== undefined && origin !== baseUrl) throw refused({ origin, baseUrl })
  // https://fetch.spec.whatwg.org/#origin-header: browsers send Origin with each of these.
  if (origin === undefined && isWebSocket(request)) throw refused({ reason: 'a WebSocket without an Origin' })
}

function assertCsrf(request: FastifyRequest, identity: Identity): void {
  if (safeMethods.includes(request.method)) return
  const token = request.headers['x-csrf-token']
  if (identity.csrf === null || typeof token !== 'string' || !isSame(token, identity.csrf)) {
    throw refused({ reason: 'no or another X-CSRF-Token' })
  }
}

function refused(detail: Record<string, unknown>): Failure {
  return new Failure('forbidden', { ...detail, description: 'The request does not come from our own page.' })
}

/** Comparing hashes makes the time independent of how much of a guess is right. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
