// A row of the outbox as the client sees it.

import type { SubmissionProblem } from '#shared/jmap/settings.ts'
import type { Envelope } from '#shared/jmap/submission.ts'
import { deliveryStatus } from './recipients.ts'
import type { ReportRow } from './report-store.ts'
import type { SubmissionRow } from './tables.ts'
import type { RecipientState, ReportOutcome, Submitted } from './types.ts'

/** RFC 8620 §1.4: UTCDate, without a fraction of zero. */
export const utcDate = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z')

/** @param reports that came back, oldest first */
export function toSubmitted(row: SubmissionRow, reports: readonly ReportRow[] = []): Submitted {
  const outcomes = reports.flatMap((report) => JSON.parse(report.outcomes) as readonly ReportOutcome[])
  const blobIds = (kind: ReportRow['kind']) => reports.flatMap((report) => (report.kind === kind ? report.blob_id : []))
  return {
    id: row.id,
    identityId: row.identity_id,
    emailId: row.email_id,
    threadId: row.thread_id,
    envelope: JSON.parse(row.envelope) as Envelope,
    sendAt: utcDate(row.send_at),
    undoStatus: row.undo_status,
    deliveryStatus: deliveryStatus(JSON.parse(row.recipients) as readonly RecipientState[], outcomes),
    dsnBlobIds: blobIds('dsn'),
    mdnBlobIds: blobIds('mdn'),
    problem: row.problem === null ? null : (JSON.parse(row.problem) as SubmissionProblem),
    nextAttemptAt: row.next_at === null ? null : utcDate(row.next_at),
  }
}
