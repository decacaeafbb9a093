// The blobs that uploads name, for whoever checks that their bytes are there.

import type { Sql } from '#ports/sql.ts'
import { uploadedBlobs } from './store.ts'
import type { UploadTables } from './tables.ts'

export interface KnownBlob {
  readonly key: string
  readonly size: number
}

const batch = 500

/** Those whose key begins with `prefix` (hex digits), in order, each once. */
export async function* knownBlobs(sql: Sql<UploadTables>, prefix: string): AsyncGenerator<KnownBlob> {
  for (let after = ''; ; ) {
    const blobs = await uploadedBlobs(sql.readFresh(), prefix, after, batch)
    yield* blobs
    const last = blobs.at(-1)
    if (!last || blobs.length < batch) return
    after = last.key
  }
}
