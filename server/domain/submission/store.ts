// The SQL of the outbox. A worker's writes name the fence it holds: who lost the lease, or whose submission was canceled under
// it, writes nothing and hears so.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { SubmissionRow, SubmissionTables } from './tables.ts'

type Reader = ReadonlyKysely<SubmissionTables>
type Writer = Transaction<SubmissionTables>

/** Drivers differ in what a bigint reads as. */
function fromDatabase(row: SubmissionRow): SubmissionRow {
  const number = (value: number | null) => (value === null ? null : Number(value))
  return {
    ...row,
    created_at: Number(row.created_at),
    send_at: Number(row.send_at),
    expires_at: Number(row.expires_at),
    next_at: number(row.next_at),
    committed_at: number(row.committed_at),
    fence: Number(row.fence),
    lease_until: Number(row.lease_until),
  }
}

export async function insertSubmission(tx: Writer, row: SubmissionRow): Promise<void> {
  await tx.insertInto('email_submission').values(row).execute()
}

export async function findSubmissions(db: Reader, account: string, ids: readonly string[] | null) {
  let query = db.selectFrom('email_submission').selectAll().where('account', '=', account).where('is_hidden', '=', 0)
  if (ids) query = query.where('id', 'in', ids.length > 0 ? [...ids] : [''])
  return (await query.orderBy('created_at').orderBy('id').execute()).map(fromDatabase)
}

export async function findByKey(db: Reader, account: string, column: 'idempotency_key' | 'pending_key', key: string) {
  const row = await db
    .selectFrom('email_submission')
    .selectAll()
    .where('account', '=', account)
    .where(column, '=', key)
    .executeTakeFirst()
  return row ? fromDatabase(row) : null
}

export async function readSubmission(db: Reader, id: string): Promise<SubmissionRow | null> {
  const row = await db.selectFrom('email_submission').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? fromDatabase(row) : null
}

/** Due and held by nobody, oldest first. */
export async function dueSubmissions(db: Reader, now: number, limit: number) {
  return db
    .selectFrom('email_submission')
    .select(['id', 'fence'])
    .where('next_at', '<=', now)
    .where('lease_until', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute()
}

/** When a worker has to look again: the earliest row, or the end of the lease that keeps it from being done; null when all is done. */
export async function nextDue(db: Reader): Promise<number | null> {
  const rows = await db
    .selectFrom('email_submission')
    .select(['next_at', 'lease_until'])
    .where('next_at', 'is not', null)
    .orderBy('next_at')
    .limit(50)
    .execute()
  const times = rows.map((row) => Math.max(Number(row.next_at), Number(row.lease_until)))
  return times.length > 0 ? Math.min(...times) : null
}

/** Of all accounts: how many are not at their end, and when the earliest of them is to be worked at. */
export async function countWaiting(
  db: Reader,
): Promise<{ readonly count: number; readonly earliestAt: number | null }> {
  const row = await db
    .selectFrom('email_submission')
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.min('next_at').as('earliest')])
    .where('next_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), earliestAt: row.earliest === null ? null : Number(row.earliest) }
}

export async function claim(tx: Writer, id: string, fence: number, until: number, now: number): Promise<boolean> {
  const done = await tx
    .updateTable('email_submission')
    .set({ fence: fence + 1, lease_until: until })
    .where('id', '=', id)
    .where('fence', '=', fence)
    .where('lease_until', '<=', now)
    .where('next_at', 'is not', null)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** False: the lease is another's, or the submission was canceled. */
export async function updateFenced(
  tx: Writer,
  id: string,
  fence: number,
  change: Partial<Omit<SubmissionRow, 'id' | 'fence' | 'account'>>,
): Promise<boolean> {
  const done = await tx
    .updateTable('email_submission')
    .set(change)
    .where('id', '=', id)
    .where('fence', '=', fence)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** Takes it from whoever holds it, as long as nobody has got the message. */
export async function cancel(tx: Writer, account: string, id: string): Promise<boolean> {
  const done = await tx
    .updateTable('email_submission')
    .set((eb) => ({
      undo_status: 'canceled' as const,
      phase: 'settled' as const,
      next_at: null,
      pending_key: null,
      idempotency_key: null,
      problem: null,
      credential: '',
      fence: eb('fence', '+', 1),
      lease_until: 0,
    }))
    .where('account', '=', account)
    .where('id', '=', id)
    .where('undo_status', '=', 'pending')
    .where('phase', '=', 'waiting')
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** Gone for the client at once; the row stays while there is work. */
export async function hideSubmission(tx: Writer, account: string, id: string): Promise<boolean> {
  const done = await tx
    .updateTable('email_submission')
    .set({ is_hidden: 1 })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('is_hidden', '=', 0)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteDone(
  tx: Writer,
  createdBefore: number,
): Promise<readonly { id: string; account: string }[]> {
  const rows = await tx
    .selectFrom('email_submission')
    .select(['id', 'account', 'is_hidden'])
    .where('next_at', 'is', null)
    .where((eb) => eb.or([eb('created_at', '<', createdBefore), eb('is_hidden', '=', 1)]))
    .limit(500)
    .execute()
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  await tx.deleteFrom('submission_report').where('submission', 'in', ids).execute()
  await tx.deleteFrom('email_submission').where('id', 'in', ids).where('next_at', 'is', null).execute()
  return rows.filter(({ is_hidden }) => Number(is_hidden) === 0)
}

/** A new password for what waits for one. */
export async function renewCredential(tx: Writer, id: string, credential: string, now: number): Promise<void> {
  await tx
    .updateTable('email_submission')
    .set({ credential, next_at: now, problem: null })
    .where('id', '=', id)
    .where('next_at', 'is not', null)
    .where('lease_until', '<=', now)
    .execute()
}

/** Servers that were not there, with the time of the oldest message that waits for each. */
export async function waitingServers(db: Reader): Promise<readonly { server: string; since: number }[]> {
  const rows = await db
    .selectFrom('email_submission')
    .select((eb) => ['waits_for', eb.fn.min('send_at').as('since')])
    .where('waits_for', 'is not', null)
    .where('next_at', 'is not', null)
    .groupBy('waits_for')
    .limit(200)
    .execute()
  return rows.map((row) => ({ server: row.waits_for as string, since: Number(row.since) }))
}

/** Those that wait for the server and are not due yet, the next first. */
export async function waitingFor(db: Reader, server: string, now: number, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('email_submission')
    .select('id')
    .where('waits_for', '=', server)
    .where('next_at', '>', now)
    .where('lease_until', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Due sooner than they were; who is being worked at is left alone. */
export async function advance(tx: Writer, ids: readonly string[], dueAt: number, now: number): Promise<void> {
  await tx
    .updateTable('email_submission')
    .set({ next_at: dueAt })
    .where('id', 'in', [...ids])
    .where('next_at', '>', dueAt)
    .where('waits_for', 'is not', null)
    .where('lease_until', '<=', now)
    .execute()
}
