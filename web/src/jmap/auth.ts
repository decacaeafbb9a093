// Signing in and out over cookies: what stands before JMAP. The CSRF token lives in memory alone.

import type { SessionResource } from '#shared/jmap/core.ts'

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

export async function signIn(credentials: Credentials): Promise<void> {
  let response: Response
  try {
    response = await fetch('/auth/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    })
  } catch (error) {
    throw new SignInError('network', error)
  }
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
export async function currentUser(): Promise<string | null> {
  const response = await fetch('/auth/session?optional')
  if (response.status === 401) return null
  if (!response.ok) throw new SignInError('unavailable')
  const body = (await response.json()) as { csrf: string; username: string } | null
  if (body === null) return null
  token = body.csrf
  return body.username
}

/** Rejects when the session may still stand. */
export async function signOut(everywhere: boolean): Promise<void> {
  const response = await fetch('/auth/sign-out', {
    method: 'POST',
    headers: { 'x-csrf-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ everywhere }),
  })
  if (!response.ok && response.status !== 401) throw new SignInError('unavailable')
  token = ''
}

/** RFC 8620 §2: what the server can do and where. */
export async function fetchSession(): Promise<SessionResource> {
  const response = await fetch('/jmap/session', { headers: { accept: 'application/json' } })
  if (!response.ok) throw new SignInError(response.status === 401 ? 'badCredentials' : 'unavailable')
  return (await response.json()) as SessionResource
}
