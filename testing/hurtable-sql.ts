// The database as a blob store with ways to hurt it, for the contract suite: on SQLite with a fault in front of it, on an engine of its
// own with a proxy in between (the caller's).

import { randomUUID } from 'node:crypto'
import { Failure } from '#core/errors.ts'
import { openSqlBlobStore } from '#drivers/blob/sql.ts'
import type { BlobTables } from '#drivers/blob/tables.ts'
import type { BlobStoreUnderTest } from '#ports/blob-store.contract.ts'
import type { Sql, SqlDatabase } from '#ports/sql.ts'

/** Changes the chunk in the middle of that blob, or takes an octet off its end. */
export async function hurtChunk(sql: Sql<BlobTables>, key: string, how: 'flip' | 'cut'): Promise<void> {
  await sql.write({ position: null }, async (tx) => {
    const chunks = await tx
      .selectFrom('blob_chunk')
      .innerJoin('blob_content', 'blob_content.upload', 'blob_chunk.upload')
      .selectAll('blob_chunk')
      .where('blob', '=', key)
      .orderBy('number')
      .execute()
    const chunk = chunks[chunks.length >> 1]
    if (!chunk) throw new Error(`${key} has no chunks`)
    const bytes = Buffer.from(how === 'cut' ? chunk.bytes.subarray(0, -1) : chunk.bytes)
    if (how === 'flip') bytes[0] = (bytes[0] as number) ^ 1
    await tx
      .updateTable('blob_chunk')
      .set({ bytes })
      .where('upload', '=', chunk.upload)
      .where('number', '=', chunk.number)
      .execute()
  })
}

/** In a space of its own, so that tests may share the database. */
export async function openHurtableSql(database: SqlDatabase): Promise<BlobStoreUnderTest> {
  const sql = database.for<BlobTables>()
  let isBroken = false
  const fail = () => {
    throw new Failure('unavailable', { reason: 'the test says so' })
  }
  const breakable: Sql<BlobTables> = {
    read: (caller) => (isBroken ? fail() : sql.read(caller)),
    readFresh: () => (isBroken ? fail() : sql.readFresh()),
    write: (caller, work) => (isBroken ? Promise.reject(new Failure('unavailable')) : sql.write(caller, work)),
  }
  return {
    store: openSqlBlobStore({ sql: breakable, clock: { now: Date.now }, space: randomUUID() }),
    breakIt: async () => void (isBroken = true),
    mendIt: async () => void (isBroken = false),
    flip: (key) => hurtChunk(sql, key, 'flip'),
    cut: (key) => hurtChunk(sql, key, 'cut'),
    close: async () => {},
  }
}
