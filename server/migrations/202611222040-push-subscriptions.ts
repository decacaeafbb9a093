// Push subscriptions (RFC 8620 §7.2; domain/push).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('push_subscription')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    // The session that it was made with: the subscription ends with it. Null: made with a password.
    .addColumn('session', 'varchar(64)')
    .addColumn('device_client_id', 'varchar(255)', (c) => c.notNull())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('keys', 'text')
    .addColumn('types', 'text')
    .addColumn('verification_code', 'varchar(64)', (c) => c.notNull())
    .addColumn('is_verified', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('push_subscription_account').on('push_subscription').column('account').execute()
}
