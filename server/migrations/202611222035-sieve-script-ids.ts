// Ids of Sieve scripts, which the mail server knows by name alone (domain/filters).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sieve_script')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('id', 'varchar(64)', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('sieve_script_pk', ['account', 'id'])
    .execute()
}
