// What came back about a submission: delivery and disposition notifications (domain/submission).

import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('submission_report')
    .addColumn('submission', 'varchar(64)', (c) => c.notNull())
    .addColumn('report', 'varchar(64)', (c) => c.notNull())
    .addColumn('account', 'varchar(64)', (c) => c.notNull())
    .addColumn('kind', 'varchar(4)', (c) => c.notNull())
    .addColumn('blob_id', 'varchar(255)', (c) => c.notNull())
    .addColumn('outcomes', 'text', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('submission_report_pk', ['submission', 'report'])
    .execute()
}
