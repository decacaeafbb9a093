// SnapshotStore over the blob store: a row names the newest blob of each key. Losing either costs a rebuild, nothing else.

import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { SnapshotStore } from '#ports/snapshot-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { MailStateTables } from './tables.ts'

const keepDays = 30
/** One in the making is younger. */
const orphanAgeMs = 86_400_000
const batch = 500

export interface BlobSnapshotStore extends SnapshotStore {
  /** Removes snapshots of accounts that nobody has opened for a month; returns how many. */
  sweep(signal: AbortSignal): Promise<number>
  /** Removes bytes that no row names: their node died, or the store was down when they were replaced. Goes through the whole store. */
  collectOrphans(signal: AbortSignal): Promise<number>
}

export function openBlobSnapshots(deps: {
  readonly sql: Sql<MailStateTables>
  readonly blobs: BlobStore
  readonly clock: Clock
}): BlobSnapshotStore {
  const { sql, blobs, clock } = deps
  const position = { position: null }
  const find = (name: string) =>
    sql.readFresh().selectFrom('mail_snapshot').selectAll().where('name', '=', name).executeTakeFirst()

  async function remove(name: string, blobKey: string, signal: AbortSignal): Promise<boolean> {
    // Only the row that was read: another node may have written a newer one meanwhile.
    const { numDeletedRows } = await sql.write(position, (tx) =>
      tx.deleteFrom('mail_snapshot').where('name', '=', name).where('blob_key', '=', blobKey).executeTakeFirstOrThrow(),
    )
    if (numDeletedRows === 0n) return false
    await blobs.delete(blobKey, signal)
    return true
  }

  return {
    async get(name, signal) {
      const row = await find(name)
      if (!row) return null
      try {
        const chunks: Uint8Array[] = []
        for await (const chunk of await blobs.get(row.blob_key, { signal })) chunks.push(chunk)
        return Buffer.concat(chunks)
      } catch (error) {
        // Another node wrote a newer one between the two reads, or somebody cleaned up.
        if (isFailure(error, 'notFound', 'blobMissing')) return null
        throw error
      }
    },

    async put(name, bytes, signal) {
      const before = await find(name)
      const { key } = await blobs.put(once(bytes), { maxBytes: bytes.length, signal })
      const row = { blob_key: key, written_at: clock.now() }
      await sql.write(position, (tx) =>
        tx
          .insertInto('mail_snapshot')
          .values({ name, ...row })
          .onConflict((on) => on.column('name').doUpdateSet(row))
          .execute(),
      )
      // The new one stands. What cannot be removed now is nobody's, and is collected.
      if (before && before.blob_key !== key) await blobs.delete(before.blob_key, signal).catch(() => {})
    },

    async delete(name, signal) {
      const row = await find(name)
      if (row) await remove(name, row.blob_key, signal)
    },

    async sweep(signal) {
      const before = clock.now() - keepDays * 86_400_000
      const old = await sql
        .readFresh()
        .selectFrom('mail_snapshot')
        .selectAll()
        .where('written_at', '<', before)
        .limit(1000)
        .execute()
      let removed = 0
      for (const { name, blob_key } of old) if (await remove(name, blob_key, signal)) removed++
      return removed
    },

    async collectOrphans(signal) {
      let removed = 0
      let old: string[] = []
      const removeOld = async () => {
        if (old.length === 0) return
        const rows = await sql
          .readFresh()
          .selectFrom('mail_snapshot')
          .select('blob_key')
          .where('blob_key', 'in', old)
          .execute()
        const named = new Set(rows.map(({ blob_key }) => blob_key))
        for (const key of old) {
          if (named.has(key)) continue
          await blobs.delete(key, signal)
          removed++
        }
        old = []
      }
      for await (const { key, modifiedAt } of blobs.list(signal)) {
        if (modifiedAt > clock.now() - orphanAgeMs) continue
        old.push(key)
        if (old.length >= batch) await removeOld()
      }
      await removeOld()
      return removed
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
