// What the database knows of the stores: what each is doing, how much it holds, and which of them have a blob. Read fresh: a place that
// was just written is where the next node has to look.

import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { BlobKey } from '#ports/blob-store.ts'
import { asReader, type Sql } from '#ports/sql.ts'
import type { BlobTables } from './tables.ts'
import { told, toldWrites } from './told.ts'

/** A draining store gets no new blobs and those that it has are moved; a retired one is not asked any more, for good. */
export type StoreState = 'active' | 'draining' | 'retired'

export interface StoreStatus {
  readonly name: string
  readonly state: StoreState
  /** As last measured; null: not yet. */
  readonly usedBytes: number
  readonly usedBlobs: number
}

export interface Place {
  readonly key: BlobKey
  readonly size: number
}

export interface Places {
  /** Makes the rows of stores that are new; returns what there is, retired ones included. */
  register(names: readonly string[]): Promise<ReadonlyMap<string, StoreStatus>>
  status(): Promise<ReadonlyMap<string, StoreStatus>>
  /** Fails with `conflict` when a retired store is to be anything else. */
  setState(name: string, state: StoreState): Promise<void>
  /** Names of the stores that have it. */
  of(key: BlobKey): Promise<readonly string[]>
  /** Those of the keys that some store has. */
  placed(keys: readonly BlobKey[]): Promise<ReadonlySet<BlobKey>>
  /** False when the store has been retired meanwhile: then the bytes there count for nothing. */
  add(key: BlobKey, store: string, size: number): Promise<boolean>
  remove(key: BlobKey): Promise<void>
  /** The row of one store becomes that of another; false when it is gone: the blob was deleted, or somebody else moved it. */
  move(key: BlobKey, from: string, to: string, size: number): Promise<boolean>
  /** The blobs of a store after `after`, in order. */
  inStore(store: string, after: BlobKey, limit: number): Promise<readonly Place[]>
  /** Counts what each store holds. Reads an index from end to end: a job's work. */
  measure(): Promise<void>
}

/** `space` keeps the blobs and the indexes of mailboxes apart: the same bytes may lie elsewhere. */
export function openPlaces(deps: {
  readonly sql: Sql<BlobTables>
  readonly clock: Clock
  readonly space: string
}): Places {
  const { sql, clock, space } = deps
  const write = toldWrites(sql)
  const read = <Result>(work: (db: ReturnType<typeof sql.readFresh>) => Promise<Result>) =>
    told(() => work(sql.readFresh()))

  async function status(): Promise<ReadonlyMap<string, StoreStatus>> {
    const rows = await read((db) => db.selectFrom('blob_store').selectAll().execute())
    return new Map(
      rows.map((row) => [
        row.name,
        {
          name: row.name,
          state: row.state as StoreState,
          usedBytes: Number(row.used_bytes),
          usedBlobs: Number(row.used_blobs),
        },
      ]),
    )
  }

  return {
    status,

    async register(names) {
      const known = await status()
      for (const name of names) {
        if (known.has(name)) continue
        const row = { name, state: 'active', used_bytes: 0, used_blobs: 0, changed_at: clock.now() }
        await write((tx) => tx.insertInto('blob_store').values(row).execute()).catch((error) => {
          if (!isFailure(error, 'conflict')) throw error // Another node, starting at the same time.
        })
      }
      return status()
    },

    async setState(name, state) {
      await write(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('blob_store')
          .set({ state, changed_at: clock.now() })
          .where('name', '=', name)
          .where((is) => is.or([is('state', '!=', 'retired'), is('state', '=', state)]))
          .executeTakeFirstOrThrow()
        if (numUpdatedRows > 0n) return
        const row = await tx.selectFrom('blob_store').select('state').where('name', '=', name).executeTakeFirst()
        // MariaDB does not count a row that was already as it should be.
        if (row?.state !== state) throw new Failure(row ? 'conflict' : 'notFound', { store: name, state: row?.state })
      })
    },

    async of(key) {
      const rows = await read((db) =>
        db
          .selectFrom('blob_place')
          .select('store')
          .where('space', '=', space)
          .where('blob', '=', key)
          .orderBy('placed_at', 'desc')
          .execute(),
      )
      return rows.map(({ store }) => store)
    },

    async placed(keys) {
      if (keys.length === 0) return new Set()
      const rows = await read((db) =>
        db.selectFrom('blob_place').select('blob').where('space', '=', space).where('blob', 'in', keys).execute(),
      )
      return new Set(rows.map(({ blob }) => blob))
    },

    async add(key, store, size) {
      const row = { space, blob: key, store, size, placed_at: clock.now() }
      try {
        return await write(async (tx) => {
          const known = await tx.selectFrom('blob_store').select('state').where('name', '=', store).executeTakeFirst()
          if (known?.state === 'retired') return false
          await tx.insertInto('blob_place').values(row).execute()
          return true
        })
      } catch (error) {
        if (isFailure(error, 'conflict')) return true // The same bytes were there already.
        throw error
      }
    },

    async remove(key) {
      await write((tx) => tx.deleteFrom('blob_place').where('space', '=', space).where('blob', '=', key).execute())
    },

    async move(key, from, to, size) {
      return write(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('blob_place')
          .where('space', '=', space)
          .where('blob', '=', key)
          .where('store', '=', from)
          .executeTakeFirstOrThrow()
        if (numDeletedRows === 0n) return false
        const isThere = await asReader(tx)
          .selectFrom('blob_place')
          .select('store')
          .where('space', '=', space)
          .where('blob', '=', key)
          .where('store', '=', to)
          .executeTakeFirst()
        if (!isThere)
          await tx
            .insertInto('blob_place')
            .values({ space, blob: key, store: to, size, placed_at: clock.now() })
            .execute()
        return true
      })
    },

    async inStore(store, after, limit) {
      const rows = await read((db) =>
        db
          .selectFrom('blob_place')
          .select(['blob', 'size'])
          .where('store', '=', store)
          .where('space', '=', space)
          .where('blob', '>', after)
          .orderBy('blob')
          .limit(limit)
          .execute(),
      )
      return rows.map(({ blob, size }) => ({ key: blob, size: Number(size) }))
    },

    async measure() {
      const rows = await read((db) =>
        db
          .selectFrom('blob_place')
          .select(({ fn }) => ['store', fn.sum('size').as('bytes'), fn.countAll().as('blobs')])
          .groupBy('store')
          .execute(),
      )
      for (const name of (await status()).keys()) {
        const row = rows.find(({ store }) => store === name)
        const used = { used_bytes: Number(row?.bytes ?? 0), used_blobs: Number(row?.blobs ?? 0) }
        await write((tx) => tx.updateTable('blob_store').set(used).where('name', '=', name).execute())
      }
    },
  }
}
