// The SQL of what came back about submissions.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { asReader } from '#ports/sql.ts'
import type { SubmissionTables } from './tables.ts'

type Reader = ReadonlyKysely<SubmissionTables>
type Writer = Transaction<SubmissionTables>
export type ReportRow = SubmissionTables['submission_report']

/** The newest sends that somebody has accepted, for which something may come back. */
export async function recentlySent(db: Reader, account: string, since: number, limit: number) {
  const rows = await db
    .selectFrom('email_submission')
    .select(['id', 'message_id', 'envelope', 'created_at'])
    .where('account', '=', account)
    .where('created_at', '>', since)
    .where('is_hidden', '=', 0)
    .where('undo_status', '=', 'final')
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, created_at: Number(row.created_at) }))
}

/** Oldest first. */
export async function findReports(db: Reader, submissions: readonly string[]): Promise<readonly ReportRow[]> {
  if (submissions.length === 0) return []
  return db
    .selectFrom('submission_report')
    .selectAll()
    .where('submission', 'in', [...submissions])
    .orderBy('received_at')
    .orderBy('report')
    .execute()
}

/** False when it is known, or there are too many. */
export async function insertReport(tx: Writer, row: ReportRow, maxPerSubmission: number): Promise<boolean> {
  const known = await findReports(asReader(tx), [row.submission])
  if (known.length >= maxPerSubmission || known.some(({ report }) => report === row.report)) return false
  await tx.insertInto('submission_report').values(row).execute()
  return true
}
