// Leases (ports/lock.ts), events between nodes (ports/change-bus.ts), and what the mail store must share (ports/mail-state.ts).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lease')
    .addColumn('name', 'varchar(190)', (c) => c.primaryKey())
    .addColumn('fence', 'bigint', (c) => c.notNull())
    .addColumn('holder', 'varchar(64)', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('bus_event')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('node', 'varchar(64)', (c) => c.notNull())
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('changed', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('bus_event_at').on('bus_event').column('at').execute()
}
