// The SQL of snoozing. A worker's writes name the fence it holds: who lost the lease, or whose message the person woke meanwhile, writes
// nothing and hears so.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { SnoozeRow, SnoozeTables } from './tables.ts'

type Reader = ReadonlyKysely<SnoozeTables>
type Writer = Transaction<SnoozeTables>

/** Drivers differ in what a bigint reads as. */
function fromDatabase(row: SnoozeRow): SnoozeRow {
  return {
    ...row,
    until_at: Number(row.until_at),
    next_at: row.next_at === null ? null : Number(row.next_at),
    fence: Number(row.fence),
    lease_until: Number(row.lease_until),
    is_asleep: Number(row.is_asleep),
  }
}

export async function insertSnooze(tx: Writer, row: SnoozeRow): Promise<void> {
  await tx.insertInto('snooze').values(row).execute()
}

export async function findSnoozes(db: Reader, account: string, ids: readonly string[] | null) {
  let query = db.selectFrom('snooze').selectAll().where('account', '=', account)
  if (ids) query = query.where('id', 'in', ids.length > 0 ? [...ids] : [''])
  return (await query.orderBy('until_at').orderBy('id').execute()).map(fromDatabase)
}

export async function findByEmail(db: Reader, account: string, emailId: string): Promise<SnoozeRow | null> {
  const row = await db
    .selectFrom('snooze')
    .selectAll()
    .where('account', '=', account)
    .where('email_id', '=', emailId)
    .executeTakeFirst()
  return row ? fromDatabase(row) : null
}

export async function countSnoozes(db: Reader, account: string): Promise<number> {
  const row = await db
    .selectFrom('snooze')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Due and held by nobody, oldest first. */
export async function dueSnoozes(db: Reader, now: number, limit: number): Promise<readonly SnoozeRow[]> {
  const rows = await db
    .selectFrom('snooze')
    .selectAll()
    .where('next_at', '<=', now)
    .where('lease_until', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute()
  return rows.map(fromDatabase)
}

/** When a worker has to look again: the earliest row, or the end of the lease that keeps it from being done. */
export async function nextDue(db: Reader): Promise<number | null> {
  const rows = await db
    .selectFrom('snooze')
    .select(['next_at', 'lease_until'])
    .where('next_at', 'is not', null)
    .orderBy('next_at')
    .limit(50)
    .execute()
  const times = rows.map((row) => Math.max(Number(row.next_at), Number(row.lease_until)))
  return times.length > 0 ? Math.min(...times) : null
}

/** False: somebody else was first, or it is not due any more. */
export async function claim(tx: Writer, { id, fence }: SnoozeRow, until: number, now: number): Promise<boolean> {
  const done = await tx
    .updateTable('snooze')
    .set({ fence: fence + 1, lease_until: until })
    .where('id', '=', id)
    .where('fence', '=', fence)
    .where('lease_until', '<=', now)
    .where('next_at', '<=', now)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** False: the lease is another's, or the person has changed or woken it. */
export async function updateFenced(
  tx: Writer,
  { id, fence }: Pick<SnoozeRow, 'id' | 'fence'>,
  change: Partial<Omit<SnoozeRow, 'id' | 'fence' | 'account'>>,
): Promise<boolean> {
  const done = await tx
    .updateTable('snooze')
    .set(change)
    .where('id', '=', id)
    .where('fence', '=', fence)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteFenced(tx: Writer, { id, fence }: Pick<SnoozeRow, 'id' | 'fence'>): Promise<boolean> {
  const done = await tx.deleteFrom('snooze').where('id', '=', id).where('fence', '=', fence).executeTakeFirst()
  return Number(done.numDeletedRows) === 1
}

/** The person's word: takes it from whoever works at it. */
export async function reset(
  tx: Writer,
  account: string,
  id: string,
  change: Pick<SnoozeRow, 'until_at' | 'next_at' | 'credential'>,
): Promise<boolean> {
  const done = await tx
    .updateTable('snooze')
    .set((eb) => ({ ...change, attempts: 0, lease_until: 0, fence: eb('fence', '+', 1) }))
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function markAsleep(tx: Writer, id: string): Promise<void> {
  await tx.updateTable('snooze').set({ is_asleep: 1 }).where('id', '=', id).execute()
}

export async function deleteSnooze(tx: Writer, account: string, id: string): Promise<boolean> {
  const done = await tx.deleteFrom('snooze').where('account', '=', account).where('id', '=', id).executeTakeFirst()
  return Number(done.numDeletedRows) === 1
}
