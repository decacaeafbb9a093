// Ports that a plugin can implement: the server's own, word for word (server/plugins/provided.ts does not compile otherwise).
// `npm run plugin:test FOLDER` runs the contract suites of those that a plugin provides.

/** Bytes by their SHA-256 (lower-case hex): immutable, so that the order of writes never matters. */
export interface BlobStore {
  /**
   * Stores a stream of unknown length, never whole in memory; resolves once the bytes are durable.
   * Throws `tooLarge` past `maxBytes` (nothing is kept), `unavailable`, and the source's own error when that fails (nothing is kept).
   */
  put(
    source: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<StoredBlob>
  /**
   * `notFound` before the first octet when no copy exists, `unavailable` when that cannot be told. A whole read (no range) that ends
   * short or whose hash differs ends in `blobMissing`, never silently.
   */
  get(
    key: string,
    options: { readonly range?: BlobRange; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>>
  /** Null when it is not there; `unavailable` when that cannot be told. */
  stat(key: string, signal: AbortSignal): Promise<{ readonly size: number } | null>
  /** Idempotent. */
  delete(key: string, signal: AbortSignal): Promise<void>
  /** All keys (those that begin with `prefix`, hex digits), each once, in no order: for collection, repair and checks. */
  list(signal: AbortSignal, prefix?: string): AsyncIterable<StoredBlob & { readonly modifiedAt: number }>
  /** Removes what writers left that died before `before` (ms) without an acknowledgement; returns how many. */
  tidy(before: number, signal: AbortSignal): Promise<number>
  close(): Promise<void>
}

export interface StoredBlob {
  readonly key: string
  readonly size: number
}

export interface BlobRange {
  readonly start: number
  /** One past the last octet. */
  readonly end: number
}

export interface SessionRecord {
  readonly id: string
  readonly account: string
  readonly address: string
  readonly kind: 'cookie' | 'token'
  readonly label: string
  readonly remoteAddress: string
  readonly createdAt: number
  /** Absolute end, ms. */
  readonly expiresAt: number
  /** Allowed time without use, ms. */
  readonly idleMs: number
  readonly scopes: readonly string[] | null
  /** Sealed by the server: no store can open it. */
  readonly sealed: string
  readonly version: number
}

export interface StoredSession extends SessionRecord {
  readonly lastSeenAt: number
}

export interface SessionStore {
  create(record: SessionRecord): Promise<void>
  /** Null when there is none or it has ended by either lifetime; `unavailable` when that cannot be told. */
  get(id: string, now: number): Promise<StoredSession | null>
  touch(id: string, now: number): Promise<void>
  /** Compare-and-set of `sealed` on `version`: false when somebody was first. */
  replace(id: string, version: number, sealed: string): Promise<boolean>
  destroy(id: string): Promise<void>
  list(account: string, now: number): Promise<readonly StoredSession[]>
  destroyAll(account: string, exceptId?: string): Promise<number>
  sweep(now: number): Promise<number>
  close(): Promise<void>
}

export interface Server {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  /** Accept a certificate by its SHA-256 fingerprint (hex, no colons). */
  readonly pinnedSha256?: string
}

export interface Route {
  /** The address, normalised: what an account is named by. */
  readonly address: string
  /** What is typed at the mail server. */
  readonly login: string
  readonly imap: Server
  readonly smtp: Server
  readonly sieve: Server | null
  /** Names by which this mail server signs `Authentication-Results` (RFC 8601 §2.5), lower case; none: nothing of the kind is believed. */
  readonly authservIds?: readonly string[]
}

export interface Directory {
  /** `notFound` for what no server serves, `unavailable` when that cannot be told. */
  route(address: string, signal: AbortSignal): Promise<Route>
}

/** What opens the mailbox: the person's own password, a token, or a master user's on his behalf. */
export type MailCredential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly username: string; readonly token: string }
  | { readonly kind: 'master'; readonly username: string; readonly master: string; readonly password: string }

export interface SignInAttempt {
  /** As the directory normalised it. */
  readonly address: string
  /** What the mail server knows this person by. */
  readonly login: string
  readonly password: string
  readonly remoteAddress: string
}

export interface Authenticator {
  /**
   * Proves that this is that person: gives what the mail server is then asked with, whose word is the last. `badCredentials` for whoever
   * is not (an unknown name is told no other way), `unavailable` when it cannot be told.
   */
  prove(attempt: SignInAttempt, signal: AbortSignal): Promise<MailCredential>
}
