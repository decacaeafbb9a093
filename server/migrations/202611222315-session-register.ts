// Which sessions stand, for session stores that cannot be trusted to remember it (drivers/session/register.ts); and what the nodes'
// key rings hold, so that nodes that disagree find out at start (boot/compare-key-rings.ts).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('session_register')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('idle_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('versioned_at', 'bigint', (c) => c.notNull())
    // Under which of several names a store has the current record; of use to stores that cannot compare.
    .addColumn('place', 'varchar(32)', (c) => c.notNull())
    // Null while it stands. A row stays after its end until every copy of the session is known to be gone.
    .addColumn('ended_at', 'bigint')
    .execute()
  await db.schema.createIndex('session_register_account').on('session_register').column('account').execute()
  await db.schema.createIndex('session_register_expires_at').on('session_register').column('expires_at').execute()
  await db.schema.createIndex('session_register_ended_at').on('session_register').column('ended_at').execute()
  await db.schema
    .createTable('node_key')
    .addColumn('node', 'varchar(64)', (c) => c.notNull())
    .addColumn('key_id', 'varchar(32)', (c) => c.notNull())
    .addColumn('fingerprint', 'varchar(64)', (c) => c.notNull())
    // 0 is the key that seals.
    .addColumn('place', 'integer', (c) => c.notNull())
    .addColumn('host', 'varchar(255)', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('node_key_pk', ['node', 'key_id'])
    .execute()
}
