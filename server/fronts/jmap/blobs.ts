// Bytes that a caller may read by their id, wherever they lie: what downloads and Blob/* need of the house. boot joins domain/mail
// (messages and their parts) and domain/uploads.

import type { Caller } from '#core/caller.ts'

export interface Blobs {
  /** Size in octets; `notFound`. */
  stat(caller: Caller, blobId: string): Promise<{ readonly size: number }>
  /** `notFound`, `blobMissing`. Reading what ends short throws: a reply breaks off rather than ending early. */
  open(
    caller: Caller,
    blobId: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<AsyncIterable<Uint8Array>>
  /** Ids of what contains the blob, by type name (RFC 9404 §4.3): only blobs that exist are in the answer. */
  lookup(
    caller: Caller,
    blobIds: readonly string[],
    typeNames: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>>
}

/** RFC 9404 §4.3: the types that Blob/lookup knows. */
export const lookupTypeNames = ['Mailbox', 'Thread', 'Email'] as const
