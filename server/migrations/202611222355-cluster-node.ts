// One row per node (domain/nodes): who is there, how it is, and what an operator wants of it.

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cluster_node')
    .addColumn('name', 'varchar(190)', (c) => c.primaryKey())
    .addColumn('instance', 'varchar(64)', (c) => c.notNull())
    .addColumn('address', 'varchar(255)', (c) => c.notNull())
    .addColumn('version', 'varchar(64)', (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('wanted', 'varchar(16)', (c) => c.notNull())
    .addColumn('facts', 'text', (c) => c.notNull())
    .execute()
}
