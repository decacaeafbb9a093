// Uploads as other rooms see them: bytes somebody sent us, named by their hash, owned by accounts, alive as long as they are
// referred to (a draft, a submission, a template) or their grace period runs.

import type { Caller } from '#core/caller.ts'
import type { BlobId } from '#shared/ids.ts'

export interface UploadedBlob {
  readonly blobId: BlobId
  readonly size: number
  /** Media type as the client gave it. */
  readonly type: string
  /** When it may be collected if nothing refers to it, ms. */
  readonly expiresAt: number
}

export interface OpenBlob {
  readonly size: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface Uploads {
  /** RFC 8620 §6.1. Streams; `tooLarge`, `overQuota`, `unavailable`. */
  put(
    caller: Caller,
    upload: { readonly type: string; readonly maxBytes: number; readonly source: AsyncIterable<Uint8Array> },
  ): Promise<UploadedBlob>
  /** `notFound` when this account has no such upload; `blobMissing` when it has, and the bytes cannot be read. */
  open(
    caller: Caller,
    blobId: BlobId,
    range?: { readonly start: number; readonly end: number },
  ): Promise<OpenBlob & { readonly type: string }>
  stat(caller: Caller, blobId: BlobId): Promise<UploadedBlob | null>
  /** Reads every octet and compares size and hash; throws `blobMissing` naming the blob. Before a send. */
  prove(caller: Caller, blobIds: readonly BlobId[]): Promise<void>
  /** The manifest: `owner` (`submission:<id>`, `template:<id>`) refers to exactly these from now on; [] releases. */
  bind(caller: Caller, owner: string, blobIds: readonly BlobId[]): Promise<void>
  /** Removes what nothing refers to and whose grace has run out: a job's work. Returns how many. */
  collect(now: number): Promise<number>
  /** Removes bytes that no upload names, a day old or more. Goes through the whole store. */
  collectOrphans(now: number, signal: AbortSignal): Promise<number>
}
