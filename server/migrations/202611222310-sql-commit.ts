// Marks of commits (drivers/sql/commit-marks.ts): by them a node finds out whether a transaction was committed whose answer was lost.

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sql_commit')
    .addColumn('slot', 'varchar(64)', (c) => c.notNull())
    .addColumn('mark', 'bigint', (c) => c.notNull())
    .addColumn('is_void', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('sql_commit_pk', ['slot', 'mark'])
    .execute()
  await db.schema.createIndex('sql_commit_at').on('sql_commit').column('at').execute()
}
