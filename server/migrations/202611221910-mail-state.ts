// What the mail driver must share between nodes (ports/mail-state-store.ts), and where its snapshots lie (ports/snapshot-store.ts).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('mail_state')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('kind', 'varchar(16)', (c) => c.notNull())
    .addColumn('name', 'varchar(64)', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('written_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('mail_state_pk', ['account', 'kind', 'name'])
    .execute()
  await db.schema.createIndex('mail_state_age').on('mail_state').columns(['kind', 'written_at']).execute()
  await db.schema
    .createTable('mail_snapshot')
    .addColumn('name', 'varchar(190)', (c) => c.primaryKey())
    .addColumn('blob_key', 'varchar(64)', (c) => c.notNull())
    .addColumn('written_at', 'bigint', (c) => c.notNull())
    .execute()
}
