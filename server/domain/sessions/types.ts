// What other rooms see of a session.

import type { MailCredential } from '#core/caller.ts'
import type { AccountId } from '#shared/ids.ts'

/** Who a request comes from, once its cookie, token or password has been proved. */
export interface SignedIn {
  readonly account: AccountId
  readonly address: string
  readonly credential: MailCredential
  readonly kind: 'cookie' | 'token' | 'basic'
  /** Names the session for sign-out and the log; opens nothing. */
  readonly session: string
  /** JMAP capability URNs it may use; null means all. */
  readonly scopes: readonly string[] | null
  /** What a cookie's requests must repeat in X-CSRF-Token; null where no cookie is involved. */
  readonly csrf: string | null
}

export interface SignIn {
  readonly username: string
  readonly password: string
  /** True: the session outlives the browser window. */
  readonly remember: boolean
  readonly remoteAddress: string
  readonly userAgent: string
}

export interface NewSession {
  readonly signedIn: SignedIn & { readonly csrf: string }
  /** The cookie's value. Shown to the client alone, kept nowhere. */
  readonly secret: string
  /** Absolute end, ms; null: the cookie ends with the browser window. */
  readonly cookieExpiresAt: number | null
}

export interface SessionSummary {
  readonly id: string
  readonly kind: 'cookie' | 'token'
  readonly label: string
  readonly remoteAddress: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly scopes: readonly string[] | null
}

export interface NewToken {
  readonly name: string
  readonly scopes: readonly string[] | null
  readonly expiresInDays: number
}

/** All times in ms. */
export interface SessionConfig {
  /** Without «remember me»: end without use, and end whatever the use. */
  readonly idleMs: number
  readonly lifetimeMs: number
  /** With «remember me». */
  readonly rememberIdleMs: number
  readonly rememberLifetimeMs: number
  readonly maxTokenDays: number
  /** Failed sign-ins in a row before waiting, and the time after which one more is allowed. */
  readonly failuresPerAddress: number
  readonly failureDrainPerAddressMs: number
  readonly failuresPerRemote: number
  readonly failureDrainPerRemoteMs: number
  /** A refused sign-in takes at least this long, whether the address exists or not. */
  readonly refusalMs: number
  /** How long a password given by Basic authentication is not asked of the mail server again, and of how many at most. */
  readonly basicCacheMs: number
  readonly basicCacheMax: number
}
