// Sessions: one small record each, immutable but for `lastSeenAt` and what `replace` swaps by compare-and-set.
// No UI state ever. The record's secrets are sealed before they come here: a dump of the store opens no mailbox.

import type { AccountId } from '#shared/ids.ts'

export interface SessionRecord {
  /** SHA-256 of the cookie's or token's secret half: what is stored cannot be presented. */
  readonly id: string
  readonly account: AccountId
  readonly address: string
  readonly kind: 'cookie' | 'token'
  /** What a person sees in «signed in» lists: user agent, or the token's name. */
  readonly label: string
  readonly remoteAddress: string
  readonly createdAt: number
  /** Absolute end, ms; whatever the use. */
  readonly expiresAt: number
  /** Allowed time without use, ms. */
  readonly idleMs: number
  /** JMAP capability URNs that a token may use; null means all. */
  readonly scopes: readonly string[] | null
  /** The sealed MailCredential (core/seal.ts). */
  readonly sealed: string
  /** Changed by `replace` alone; starts at 1. */
  readonly version: number
}

export interface StoredSession extends SessionRecord {
  readonly lastSeenAt: number
}

export interface SessionStore {
  create(record: SessionRecord): Promise<void>
  /** Null when there is none or it has ended by either lifetime; `unavailable` when that cannot be told. */
  get(id: string, now: number): Promise<StoredSession | null>
  /** Sets lastSeenAt; drivers may round to a minute. A session that is gone stays gone. */
  touch(id: string, now: number): Promise<void>
  /** Compare-and-set of the sealed credential on `version`: false when somebody was first. */
  replace(id: string, version: number, sealed: string): Promise<boolean>
  destroy(id: string): Promise<void>
  list(account: AccountId, now: number): Promise<readonly StoredSession[]>
  destroyAll(account: AccountId, exceptId?: string): Promise<number>
  /** Removes what has ended; returns how many. */
  sweep(now: number): Promise<number>
  close(): Promise<void>
}
