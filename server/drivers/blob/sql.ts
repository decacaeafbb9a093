// Blobs in the database, in chunks of one size, each its own small transaction: neither the node nor the engine ever holds a blob whole.
// The chunks belong to an upload; the last transaction makes the upload the blob's bytes, so that a blob is absent or whole. All
// reads are fresh: a replica that lags would call a blob missing that was just acknowledged.

import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { BlobRange, BlobStore } from '#ports/blob-store.ts'
import type { Sql } from '#ports/sql.ts'
import { partsOf } from './parts.ts'
import type { BlobTables } from './tables.ts'
import { told, toldWrites } from './told.ts'

export interface SqlBlobDeps {
  readonly sql: Sql<BlobTables>
  readonly clock: Clock
  /** Blobs of other spaces are not seen: one store each, and the mail indexes beside the blobs. */
  readonly space: string
}

// Far below MariaDB's max_allowed_packet (16 MiB), also when a driver writes the octets in hex. What is
// stored relies on it: it can never change.
const chunkBytes = 512 * 1024
const chunksPerDelete = 32
const listBatch = 500
const publishAttempts = 5
const keyPattern = /^[0-9a-f]{64}$/

export function openSqlBlobStore({ sql, clock, space }: SqlBlobDeps): BlobStore {
  const write = toldWrites(sql)

  const find = (key: string) =>
    told(() =>
      sql
        .readFresh()
        .selectFrom('blob_content')
        .select(['upload', 'size'])
        .where('space', '=', space)
        .where('blob', '=', key)
        .executeTakeFirst(),
    )

  async function look(key: string) {
    const row = keyPattern.test(key) ? await find(key) : undefined
    return row ? { upload: row.upload, size: Number(row.size) } : null
  }

  async function dropChunks(upload: string): Promise<void> {
    const last = await told(() =>
      sql
        .readFresh()
        .selectFrom('blob_chunk')
        .select(({ fn }) => fn.max('number').as('number'))
        .where('upload', '=', upload)
        .executeTakeFirst(),
    )
    for (let above = Number(last?.number ?? -1); above >= 0; above -= chunksPerDelete) {
      await write((tx) =>
        tx
          .deleteFrom('blob_chunk')
          .where('upload', '=', upload)
          .where('number', '>', above - chunksPerDelete)
          .execute(),
      )
    }
    await write((tx) => tx.deleteFrom('blob_garbage').where('upload', '=', upload).execute())
  }

  /** Makes the upload the blob's bytes; returns the upload that they were before. The latest wins: damage is mended by writing again. */
  async function publish(upload: string, key: string, size: number): Promise<string | null> {
    const row = { upload, size, stored_at: clock.now() }
    return write(async (tx) => {
      const { numDeletedRows } = await tx
        .deleteFrom('blob_garbage')
        .where('upload', '=', upload)
        .executeTakeFirstOrThrow()
      // Swept: so slow that it was taken for dead. Its chunks are gone or going.
      if (numDeletedRows === 0n) throw new Failure('unavailable', { store: 'sql', reason: 'the upload took too long' })
      const locked = await tx
        .updateTable('blob_content')
        .set({ stored_at: row.stored_at })
        .where('space', '=', space)
        .where('blob', '=', key)
        .executeTakeFirstOrThrow()
      if (locked.numUpdatedRows === 0n) {
        await tx
          .insertInto('blob_content')
          .values({ space, blob: key, ...row })
          .execute()
        return null
      }
      const before = await tx
        .selectFrom('blob_content')
        .select('upload')
        .where('space', '=', space)
        .where('blob', '=', key)
        .executeTakeFirstOrThrow()
      await tx.insertInto('blob_garbage').values({ upload: before.upload, space, since: clock.now() }).execute()
      await tx.updateTable('blob_content').set(row).where('space', '=', space).where('blob', '=', key).execute()
      return before.upload
    })
  }

  async function publishOnce(upload: string, key: string, size: number): Promise<string | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await publish(upload, key, size)
      } catch (error) {
        // The same bytes from two sides at once: the other one made the row.
        if (!isFailure(error, 'conflict') || attempt >= publishAttempts) throw error
      }
    }
  }

  async function* read(
    key: string,
    content: { readonly upload: string; readonly size: number },
    { start, end }: BlobRange,
    isWhole: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const hash = isWhole ? createHash('sha256') : null
    let { upload } = content
    let at = start
    while (at < end) {
      signal.throwIfAborted()
      const number = Math.floor(at / chunkBytes)
      const row = await told(() =>
        sql
          .readFresh()
          .selectFrom('blob_chunk')
          .select('bytes')
          .where('upload', '=', upload)
          .where('number', '=', number)
          .executeTakeFirst(),
      )
      if (!row) {
        // Written again by somebody else meanwhile: the same bytes in other chunks.
        const now = await look(key)
        if (!now || now.upload === upload) throw new Failure('blobMissing', { key, reason: now ? 'short' : 'gone' })
        upload = now.upload
        continue
      }
      if (row.bytes.length !== Math.min(chunkBytes, content.size - number * chunkBytes))
        throw new Failure('blobMissing', { key, reason: 'short' })
      const chunk = row.bytes.subarray(at - number * chunkBytes, end - number * chunkBytes)
      hash?.update(chunk)
      at += chunk.length
      yield chunk
    }
    if (hash && hash.digest('hex') !== key) throw new Failure('blobMissing', { key, reason: 'hash' })
  }

  return {
    async put(source, { maxBytes, signal }) {
      const upload = randomUUID()
      await write((tx) => tx.insertInto('blob_garbage').values({ upload, space, since: clock.now() }).execute())
      const hash = createHash('sha256')
      let size = 0
      async function* counted() {
        for await (const chunk of source) {
          signal.throwIfAborted()
          size += chunk.length
          if (size > maxBytes) throw new Failure('tooLarge', { maxBytes })
          hash.update(chunk)
          yield chunk
        }
      }
      let replaced: string | null
      try {
        let number = 0
        for await (const { bytes } of partsOf(counted(), chunkBytes)) {
          if (bytes.length === 0) continue
          const row = { upload, number: number++, bytes }
          await write((tx) => tx.insertInto('blob_chunk').values(row).execute())
        }
        replaced = await publishOnce(upload, hash.copy().digest('hex'), size)
      } catch (error) {
        await dropChunks(upload).catch(() => {}) // Else tidy's.
        throw error
      }
      if (replaced !== null) await dropChunks(replaced).catch(() => {})
      return { key: hash.digest('hex'), size }
    },

    async get(key, { range, signal }) {
      const content = await look(key)
      if (!content) throw new Failure('notFound', { key })
      return read(key, content, range ?? { start: 0, end: content.size }, !range, signal)
    },

    async stat(key) {
      const content = await look(key)
      return content && { size: content.size }
    },

    async delete(key) {
      const content = await look(key)
      if (!content) return
      const { upload } = content
      const isOurs = await write(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('blob_content')
          .where('space', '=', space)
          .where('blob', '=', key)
          .where('upload', '=', upload)
          .executeTakeFirstOrThrow()
        if (numDeletedRows === 0n) return false
        await tx.insertInto('blob_garbage').values({ upload, space, since: clock.now() }).execute()
        return true
      })
      if (isOurs) await dropChunks(upload)
    },

    async *list(signal, prefix = '') {
      for (let from = prefix, isFirst = true; ; isFirst = false) {
        signal.throwIfAborted()
        const rows = await told(() =>
          sql
            .readFresh()
            .selectFrom('blob_content')
            .select(['blob', 'size', 'stored_at'])
            .where('space', '=', space)
            .where('blob', isFirst ? '>=' : '>', from)
            // 'g' is past every hex digit: the range of the primary key, on every engine.
            .where('blob', '<', `${prefix}g`)
            .orderBy('blob')
            .limit(listBatch)
            .execute(),
        )
        for (const row of rows) yield { key: row.blob, size: Number(row.size), modifiedAt: Number(row.stored_at) }
        const last = rows.at(-1)
        if (!last || rows.length < listBatch) return
        from = last.blob
      }
    },

    async tidy(before, signal) {
      const old = await told(() =>
        sql
          .readFresh()
          .selectFrom('blob_garbage')
          .select('upload')
          .where('space', '=', space)
          .where('since', '<', before)
          .limit(listBatch)
          .execute(),
      )
      for (const { upload } of old) {
        signal.throwIfAborted()
        await dropChunks(upload)
      }
      return old.length
    },

    async close() {},
  }
}
