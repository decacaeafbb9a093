// Uploads, what refers to them, and the blobs behind them (domain/uploads).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('upload')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('blob', 'varchar(64)', (c) => c.notNull())
    .addColumn('type', 'varchar(255)', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('upload_key', ['account', 'blob'])
    .execute()
  await db.schema.createIndex('upload_blob').on('upload').column('blob').execute()
  await db.schema.createIndex('upload_expires_at').on('upload').column('expires_at').execute()
  await db.schema
    .createTable('upload_reference')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('owner', 'varchar(128)', (c) => c.notNull())
    .addColumn('blob', 'varchar(64)', (c) => c.notNull())
    .addPrimaryKeyConstraint('upload_reference_key', ['account', 'owner', 'blob'])
    .execute()
  await db.schema.createIndex('upload_reference_blob').on('upload_reference').columns(['account', 'blob']).execute()
  // One row a blob, whoever has it: the lock between who takes it up and who removes it.
  await db.schema
    .createTable('stored_blob')
    .addColumn('blob', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('is_leaving', 'integer', (c) => c.notNull())
    .addColumn('taken_at', 'bigint', (c) => c.notNull())
    .execute()
}
