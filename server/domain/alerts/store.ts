// The SQL of domain/alerts.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { asReader } from '#ports/sql.ts'
import type { AlertTables } from './tables.ts'

type Reader = ReadonlyKysely<AlertTables>
type Writer = Transaction<AlertTables>

export async function readShown(db: Reader, account: string, ids: readonly string[] | null) {
  let query = db
    .selectFrom('mail_alert')
    .select(['id', 'server', 'text', 'received_at'])
    .where('account', '=', account)
    .where('dismissed_at', 'is', null)
  if (ids) query = query.where('id', 'in', ids.length > 0 ? [...ids] : [''])
  return query.orderBy('received_at', 'desc').orderBy('id').execute()
}

/** Newest first. */
export async function readAll(tx: Writer, account: string) {
  const rows = await asReader(tx)
    .selectFrom('mail_alert')
    .select(['id', 'dismissed_at', 'received_at'])
    .where('account', '=', account)
    .orderBy('received_at', 'desc')
    .execute()
  return rows.map((row) => ({ ...row, dismissed_at: row.dismissed_at === null ? null : Number(row.dismissed_at) }))
}

export async function insertAlert(tx: Writer, row: AlertTables['mail_alert']): Promise<void> {
  await tx.insertInto('mail_alert').values(row).execute()
}

export async function showAgain(tx: Writer, account: string, id: string, now: number): Promise<void> {
  await tx
    .updateTable('mail_alert')
    .set({ dismissed_at: null, received_at: now })
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
}

/** False: it is not there, or was dismissed before. */
export async function dismissAlert(tx: Writer, account: string, id: string, now: number): Promise<boolean> {
  const done = await tx
    .updateTable('mail_alert')
    .set({ dismissed_at: now })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('dismissed_at', 'is', null)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteAlerts(tx: Writer, account: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .deleteFrom('mail_alert')
    .where('account', '=', account)
    .where('id', 'in', [...ids])
    .execute()
}

export async function readOld(tx: Writer, receivedBefore: number, limit: number) {
  return asReader(tx)
    .selectFrom('mail_alert')
    .select(['account', 'id', 'dismissed_at'])
    .where('received_at', '<', receivedBefore)
    .limit(limit)
    .execute()
}
