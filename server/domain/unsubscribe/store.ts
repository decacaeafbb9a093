// The SQL of domain/unsubscribe.

import type { Transaction } from 'kysely'
import { asReader } from '#ports/sql.ts'
import type { UnsubscribeTables } from './tables.ts'

type Writer = Transaction<UnsubscribeTables>

export async function countAttempts(tx: Writer, account: string, since: number): Promise<number> {
  const row = await asReader(tx)
    .selectFrom('unsubscribe_attempt')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account', '=', account)
    .where('asked_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertAttempt(tx: Writer, row: UnsubscribeTables['unsubscribe_attempt']): Promise<void> {
  await tx.insertInto('unsubscribe_attempt').values(row).execute()
}

export async function deleteAttempts(tx: Writer, before: number): Promise<void> {
  await tx.deleteFrom('unsubscribe_attempt').where('asked_at', '<', before).execute()
}
