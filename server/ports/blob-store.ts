// Bytes, addressed by their SHA-256. Immutable: a key names the same bytes for ever, so writing it twice
// is no conflict and order never matters. Which blob belongs to whom, and how long it lives, is domain/uploads'.

/** Lower-case hex SHA-256, 64 characters. */
export type BlobKey = string

export interface StoredBlob {
  readonly key: BlobKey
  readonly size: number
}

export interface BlobRange {
  /** First octet, from 0. */
  readonly start: number
  /** One past the last octet. */
  readonly end: number
}

export interface BlobStore {
  /**
   * Stores a stream of unknown length, never whole in memory; resolves once the bytes are durable.
   * Throws `tooLarge` past `maxBytes` (nothing is kept), `unavailable` when the store cannot take it, and the
   * source's own error when that fails (nothing is kept).
   */
  put(
    source: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<StoredBlob>
  /**
   * A stream of the bytes. `notFound` before the first octet when no copy exists, `unavailable` when that cannot be told.
   * A whole read (no range) that ends short or whose hash differs ends in `blobMissing`, never silently.
   */
  get(
    key: BlobKey,
    options: { readonly range?: BlobRange; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>>
  /** Size in octets, or null when it is not there; `unavailable` when that cannot be told. */
  stat(key: BlobKey, signal: AbortSignal): Promise<{ readonly size: number } | null>
  /** Idempotent. */
  delete(key: BlobKey, signal: AbortSignal): Promise<void>
  /** All keys (those that begin with `prefix`, hex digits), each once, in no order: for collection, repair and checks. */
  list(signal: AbortSignal, prefix?: string): AsyncIterable<StoredBlob & { readonly modifiedAt: number }>
  /** Removes what writers left that died before `before` (ms) without an acknowledgement; returns how many. */
  tidy(before: number, signal: AbortSignal): Promise<number>
  close(): Promise<void>
}
