// Blobs kept in the database, in chunks (drivers/blob/sql.ts), and where each blob lies when there are several stores (drivers/blob/spread.ts).

import { type Kysely, MysqlAdapter, PostgresAdapter, type RawBuilder, sql } from 'kysely'

function bytesType(db: Kysely<unknown>): RawBuilder<unknown> {
  const { adapter } = db.getExecutor()
  if (adapter instanceof PostgresAdapter) return sql`bytea`
  return adapter instanceof MysqlAdapter ? sql`longblob` : sql`blob`
}

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('blob_chunk')
    .addColumn('upload', 'varchar(36)', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('bytes', bytesType(db), (c) => c.notNull())
    .addPrimaryKeyConstraint('blob_chunk_key', ['upload', 'number'])
    .execute()
  // The upload whose chunks are the blob's bytes. An upload stands either here or in blob_garbage.
  await db.schema
    .createTable('blob_content')
    .addColumn('space', 'varchar(64)', (c) => c.notNull())
    .addColumn('blob', 'varchar(64)', (c) => c.notNull())
    .addColumn('upload', 'varchar(36)', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('stored_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('blob_content_key', ['space', 'blob'])
    .execute()
  await db.schema
    .createTable('blob_garbage')
    .addColumn('upload', 'varchar(36)', (c) => c.primaryKey())
    .addColumn('space', 'varchar(64)', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('blob_garbage_since').on('blob_garbage').columns(['space', 'since']).execute()
  // What the configuration calls a store, and what it is doing: 'active', 'draining' or 'retired'.
  await db.schema
    .createTable('blob_store')
    .addColumn('name', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('used_bytes', 'bigint', (c) => c.notNull())
    .addColumn('used_blobs', 'bigint', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('blob_place')
    .addColumn('space', 'varchar(16)', (c) => c.notNull())
    .addColumn('blob', 'varchar(64)', (c) => c.notNull())
    .addColumn('store', 'varchar(64)', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('placed_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('blob_place_key', ['space', 'blob', 'store'])
    .execute()
  // By store and in order: what is drained is walked through from where the last round ended.
  await db.schema.createIndex('blob_place_store').on('blob_place').columns(['store', 'space', 'blob']).execute()
}
