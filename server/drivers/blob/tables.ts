// The tables of the blob drivers. domain/uploads has its own and knows none of these.

export interface BlobTables {
  blob_chunk: { upload: string; number: number; bytes: Uint8Array }
  /** `upload`: whose chunks are the blob's bytes. */
  blob_content: { space: string; blob: string; upload: string; size: number; stored_at: number }
  /** Uploads whose chunks are not, or no longer, a blob's: in the making, replaced or deleted. */
  blob_garbage: { upload: string; space: string; since: number }
  blob_store: { name: string; state: string; used_bytes: number; used_blobs: number; changed_at: number }
  /** Where the bytes of a blob lie: more than one row when the same bytes were uploaded twice, or copied while a store is drained. */
  blob_place: { space: string; blob: string; store: string; size: number; placed_at: number }
}
