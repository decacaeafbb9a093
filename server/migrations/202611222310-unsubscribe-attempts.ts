// One-click unsubscribes lately asked for (domain/unsubscribe).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('unsubscribe_attempt')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('id', 'varchar(64)', (c) => c.notNull())
    .addColumn('host', 'varchar(255)', (c) => c.notNull())
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('unsubscribe_attempt_pk', ['account', 'id'])
    .execute()
  await db.schema.createIndex('unsubscribe_attempt_asked').on('unsubscribe_attempt').column('asked_at').execute()
}
