// The SQL of domain/mail.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ChangeTables } from '#domain/changes/index.ts'
import type { AccountId, MailboxId } from '#shared/ids.ts'
import type { MailTables } from './tables.ts'

type Tables = MailTables & ChangeTables

export async function readSortOrders(
  db: ReadonlyKysely<Tables>,
  account: AccountId,
): Promise<ReadonlyMap<MailboxId, number>> {
  const rows = await db
    .selectFrom('mailbox_pref')
    .select(['mailbox', 'sort_order'])
    .where('account', '=', account)
    .execute()
  return new Map(rows.map((row) => [row.mailbox, Number(row.sort_order)]))
}

export async function writeSortOrder(
  tx: Transaction<Tables>,
  account: AccountId,
  mailbox: MailboxId,
  sortOrder: number,
): Promise<void> {
  await tx
    .insertInto('mailbox_pref')
    .values({ account, mailbox, sort_order: sortOrder })
    .onConflict((on) => on.columns(['account', 'mailbox']).doUpdateSet({ sort_order: sortOrder }))
    .execute()
}

export async function deleteSortOrder(tx: Transaction<Tables>, account: AccountId, mailbox: MailboxId): Promise<void> {
  await tx.deleteFrom('mailbox_pref').where('account', '=', account).where('mailbox', '=', mailbox).execute()
}
