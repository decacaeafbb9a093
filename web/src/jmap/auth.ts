// Signing in and out over cookies: what stands before JMAP. The CSRF token lives in memory alone.

import type { SessionResource } from '#shared/jmap/core.ts'
import { delayMs, fateOf } from './retry-policy.ts'
import { wakeableSleep } from './transport.ts'

/** Why a sign-in failed, as the sign-in page tells it; `network` is ours: the server did not answer at all. */
export type SignInProblem =
  | 'badCredentials'
  | 'rateLimited'
  | 'tooManyConnections'
  | 'unavailable'
  | 'timeout'
  | 'untrustedServer'
  | 'network'
  | 'internal'

export class SignInError extends Error {
  readonly problem: SignInProblem
  /** What the mail server wants to be read (RFC 9051 §7.1: [ALERT]); its words, not ours. */
  readonly alert: string | null

  constructor(problem: SignInProblem, cause?: unknown, alert: string | null = null) {
    super(problem, { cause })
    this.name = 'SignInError'
    this.problem = problem
    this.alert = alert
  }
}

export interface Credentials {
  readonly username: string
  readonly password: string
  readonly remember: boolean
}

const known: readonly string[] = [
  'badCredentials',
  'rateLimited',
  'tooManyConnections',
  'unavailable',
  'timeout',
  'untrustedServer',
]

let token = ''

export function csrfToken(): string {
  return token
}

export interface Web {
  readonly fetch: typeof fetch
  readonly sleep: (ms: number) => Promise<void>
}

const browser: Web = { fetch: (input, init) => fetch(input, init), sleep: wakeableSleep }

/** Enough for a node to be missed and another asked: somebody looks at the screen and waits. */
const maxRepeats = 3
const patienceMs = 6_000

/**
 * What does no harm when it is done twice. Sent again when no answer came, and when the answer says that nothing was done; not when
 * it asks for more patience than somebody has who waits.
 */
async function askUntilAnswered({ fetch, sleep }: Web, path: string, init: RequestInit): Promise<Response> {
  /** Waits for an answer among it: a server that takes its time to say no has had its share of patience. */
  let waitedMs = 0
  for (let repeats = 0; ; repeats++) {
    let response: Response | null = null
    let lost: unknown
    const askedAt = performance.now()
    try {
      response = await fetch(path, init)
      // An answer that was cut short is a lost one.
      const body = await response.arrayBuffer()
      const { status, headers } = response
      response = new Response(body.byteLength > 0 ? body : null, { status, headers })
    } catch (error) {
      response = null
      lost = error
    }
    waitedMs += performance.now() - askedAt
    const isAnswered = response !== null && (response.status === 429 || fateOf(response) === 'answered')
    const waitMs = delayMs(repeats, response?.headers.get('retry-after'))
    const isLast = repeats >= maxRepeats || waitedMs + waitMs > patienceMs
    if (response && (isAnswered || isLast)) return response
    if (isLast) throw new SignInError('network', lost)
    await sleep(waitMs)
    waitedMs += waitMs
  }
}

/**
 * Sent again when its answer was lost: a right password is no failed attempt, and leaves a session that nobody has the cookie of and
 * that ends for want of use; a wrong one counts once more.
 */
export async function signIn(credentials: Credentials, web = browser): Promise<void> {
  const response = await askUntilAnswered(web, '/auth/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  })
  const body = (await response.json().catch(() => ({}))) as { csrf?: string; type?: string; alert?: string }
  if (response.ok && body.csrf) {
    token = body.csrf
    return
  }
  if (body.type && known.includes(body.type)) {
    throw new SignInError(body.type as SignInProblem, undefined, body.alert ?? null)
  }
  throw new SignInError(response.status === 502 || response.status === 503 ? 'unavailable' : 'internal')
}

/** Who is signed in, by the cookie; null if nobody is. */
export async function currentUser(web = browser): Promise<string | null> {
  const response = await askUntilAnswered(web, '/auth/session?optional', {})
  if (response.status === 401) return null
  if (!response.ok) throw new SignInError('unavailable')
  const body = (await response.json()) as { csrf: string; username: string } | null
  if (body === null) return null
  token = body.csrf
  return body.username
}

/** Rejects when the session may still stand. A second time there is none any more (401), which is what was wanted. */
export async function signOut(everywhere: boolean, web = browser): Promise<void> {
  const response = await askUntilAnswered(web, '/auth/sign-out', {
    method: 'POST',
    headers: { 'x-csrf-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ everywhere }),
  })
  if (!response.ok && response.status !== 401) throw new SignInError('unavailable')
  token = ''
}

/** RFC 8620 §2: what the server can do and where. */
export async function fetchSession(web = browser): Promise<SessionResource> {
  const response = await askUntilAnswered(web, '/jmap/session', { headers: { accept: 'application/json' } })
  if (!response.ok) throw new SignInError(response.status === 401 ? 'badCredentials' : 'unavailable')
  return (await response.json()) as SessionResource
}
