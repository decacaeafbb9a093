// What changed, by account and type: feeds state strings and /changes (domain/changes).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('change_state')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('type', 'varchar(32)', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('oldest', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('change_state_pk', ['account', 'type'])
    .execute()
  await db.schema
    .createTable('change_log')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('type', 'varchar(32)', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('object', 'varchar(64)', (c) => c.notNull())
    .addColumn('kind', 'varchar(10)', (c) => c.notNull())
    .addPrimaryKeyConstraint('change_log_pk', ['account', 'type', 'seq'])
    .execute()
}
