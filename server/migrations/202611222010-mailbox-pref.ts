// What a mailbox has that IMAP cannot keep (domain/mail): its place among the others.

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('mailbox_pref')
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('mailbox', 'varchar(255)', (c) => c.notNull())
    .addColumn('sort_order', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('mailbox_pref_pk', ['account', 'mailbox'])
    .execute()
}
