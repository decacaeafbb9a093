// Who acts, for whom, and how long he waits for it. Made by http at the edge of each request (or by
// a job for its own), passed as the second argument of every domain verb, never stored.

import type { AccountId } from '#shared/ids.ts'

/** What opens the user's mailbox. Lives in memory for one request; at rest only sealed (core/seal.ts). */
export type MailCredential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** XOAUTH2 or OAUTHBEARER, whichever the server offers. */
  | { readonly kind: 'token'; readonly username: string; readonly token: string }
  /** Login as a master user on behalf of `username` (SASL PLAIN authzid, or `username*master` where configured). */
  | { readonly kind: 'master'; readonly username: string; readonly master: string; readonly password: string }

export interface Caller {
  readonly account: AccountId
  /** The address signed in with, normalised to lower case. */
  readonly address: string
  readonly credential: MailCredential
  /** Session or token id, for the log and for sign-out; null for jobs. */
  readonly session: string | null
  /** How much this caller must see (ports/sql.ts): advanced by writes; null is unknown, which only the writer can answer. */
  position: string | null
  readonly signal: AbortSignal
  readonly requestId: string
}
