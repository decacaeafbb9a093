// Removes what nothing refers to: upload rows whose grace has run out, then the bytes that no row names. Safe beside everything else
// on any node: rows go only under their lock, and bytes only while their stored_blob row says `is_leaving`, which who takes a blob
// up respects. A node that dies half-way leaves a row that the next run carries on with.

import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { Sql } from '#ports/sql.ts'
import { beginRemoval, dropExpired, endRemoval, expiredUploads, storedBlobs, unusedBlobs } from './store.ts'
import type { UploadTables } from './tables.ts'

export interface CollectDeps {
  readonly sql: Sql<UploadTables>
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Log
}

const batch = 500
/** Bytes without a row, left by a node that died between the two: an upload in flight is younger than this. */
const orphanAgeMs = 24 * 3_600_000

const noPosition = () => ({ position: null })

/** Returns how many uploads and how many blobs went. */
export async function collect(
  deps: CollectDeps,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly uploads: number; readonly blobs: number }> {
  let uploads = 0
  for (;;) {
    const expired = await expiredUploads(deps.sql.readFresh(), now, batch)
    let dropped = 0
    for (const { account, blob } of expired) {
      if (await deps.sql.write(noPosition(), (tx) => dropExpired(tx, account, blob, now))) dropped++
    }
    uploads += dropped
    if (expired.length < batch || dropped === 0) break
  }
  let blobs = 0
  for (;;) {
    const unused = await unusedBlobs(deps.sql.readFresh(), batch)
    let removed = 0
    for (const blob of unused) if (await remove(deps, blob, now, signal)) removed++
    blobs += removed
    if (unused.length < batch || removed === 0) break
  }
  if (uploads + blobs > 0) deps.log.info('uploads.collected', { uploads, blobs })
  return { uploads, blobs }
}

/**
 * Removes bytes that no row names, left by a node that died between the two. Goes through the whole store: once a day is enough.
 * Returns how many.
 */
export async function collectOrphans(deps: CollectDeps, now: number, signal: AbortSignal): Promise<number> {
  let removed = 0
  let old: string[] = []
  const removeOld = async () => {
    const stored = await storedBlobs(deps.sql.readFresh(), old)
    for (const key of old) if (!stored.has(key) && (await remove(deps, key, now, signal))) removed++
    old = []
  }
  for await (const { key, modifiedAt } of deps.blobs.list(signal)) {
    signal.throwIfAborted()
    if (modifiedAt > now - orphanAgeMs) continue
    old.push(key)
    if (old.length >= batch) await removeOld()
  }
  await removeOld()
  if (removed > 0) deps.log.info('uploads.orphans', { removed })
  return removed
}

async function remove(deps: CollectDeps, blob: string, now: number, signal: AbortSignal): Promise<boolean> {
  const begin = deps.sql.write(noPosition(), (tx) => beginRemoval(tx, blob, now))
  const isOurs = await begin.catch((error: unknown) => {
    // Its row was made in this very moment, by who takes it up or by another collection: theirs to go on with.
    if (isFailure(error, 'conflict')) return false
    throw error
  })
  if (!isOurs) return false
  await deps.blobs.delete(blob, signal)
  await deps.sql.write(noPosition(), (tx) => endRemoval(tx, blob))
  return true
}
