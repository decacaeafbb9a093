// Accounts, sessions and sign-in attempts (domain/accounts, ports/session-store.ts, domain/sessions).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('account')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('address', 'varchar(320)', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('session')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('address', 'varchar(320)', (c) => c.notNull())
    .addColumn('kind', 'varchar(16)', (c) => c.notNull())
    .addColumn('label', 'varchar(255)', (c) => c.notNull())
    .addColumn('remote_address', 'varchar(64)', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('idle_ms', 'bigint', (c) => c.notNull())
    // When it ends by whichever lifetime comes first: moved on by each use.
    .addColumn('ends_at', 'bigint', (c) => c.notNull())
    .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
    .addColumn('scopes', 'text')
    .addColumn('sealed', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('session_account').on('session').column('account').execute()
  await db.schema.createIndex('session_ends_at').on('session').column('ends_at').execute()
  await db.schema
    .createTable('sign_in_attempt')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('full_until', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('sign_in_attempt_full_until').on('sign_in_attempt').column('full_until').execute()
}
