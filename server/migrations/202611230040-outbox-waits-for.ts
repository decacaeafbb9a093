// Which server a submission waits for, so that all that wait for it go out when it is back (domain/submission).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('email_submission').addColumn('waits_for', 'varchar(255)').execute()
  await db.schema
    .createIndex('email_submission_waits')
    .on('email_submission')
    .columns(['waits_for', 'next_at'])
    .execute()
}
