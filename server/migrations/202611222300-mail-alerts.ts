// What mail servers want their users to read (domain/alerts).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('mail_alert')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('id', 'varchar(64)', (c) => c.notNull())
    .addColumn('server', 'varchar(255)', (c) => c.notNull())
    .addColumn('text', 'varchar(500)', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('dismissed_at', 'bigint')
    .addPrimaryKeyConstraint('mail_alert_pk', ['account', 'id'])
    .execute()
  await db.schema.createIndex('mail_alert_received').on('mail_alert').column('received_at').execute()
}
