// SnapshotStore over the blob store: a row names the newest blob of each key. Losing either costs a rebuild, nothing else.

import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { SnapshotStore } from '#ports/snapshot-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { MailStateTables } from './tables.ts'

const keepDays = 30

export interface BlobSnapshotStore extends SnapshotStore {
  /** Removes snapshots of accounts that nobody has opened for a month; returns how many. */
  sweep(signal: AbortSignal): Promise<number>
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
      await sql.write(position, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('mail_snapshot')
          .set(row)
          .where('name', '=', name)
          .executeTakeFirst()
        if (numUpdatedRows === 0n)
          await tx
            .insertInto('mail_snapshot')
            .values({ name, ...row })
            .execute()
      })
      if (before && before.blob_key !== key) await blobs.delete(before.blob_key, signal)
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
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
