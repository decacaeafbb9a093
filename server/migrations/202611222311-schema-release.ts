// Which releases' migrations were applied (drivers/sql/migrate.ts): by it a node knows whether it may run on this schema.

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('schema_release')
    .addColumn('release', 'integer', (c) => c.primaryKey())
    .addColumn('applied_at', 'bigint', (c) => c.notNull())
    .execute()
}
