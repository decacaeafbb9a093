// SQL of domain/push.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { PushTables } from './tables.ts'

export type SubscriptionRow = PushTables['push_subscription']
type Reader = ReadonlyKysely<PushTables>
type Tx = Transaction<PushTables>

export async function subscriptionsOf(db: Reader, account: string, now: number): Promise<readonly SubscriptionRow[]> {
  return db
    .selectFrom('push_subscription')
    .selectAll()
    .where('account', '=', account)
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute()
}

export async function insertSubscription(tx: Tx, row: SubscriptionRow): Promise<void> {
  await tx.insertInto('push_subscription').values(row).execute()
}

export async function changeSubscription(
  tx: Tx,
  account: string,
  id: string,
  change: Partial<Pick<SubscriptionRow, 'types' | 'expires_at' | 'is_verified'>>,
): Promise<void> {
  await tx.updateTable('push_subscription').set(change).where('account', '=', account).where('id', '=', id).execute()
}

export async function deleteSubscription(tx: Tx, account: string, id: string): Promise<boolean> {
  const deleted = await tx
    .deleteFrom('push_subscription')
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst()
  return deleted.numDeletedRows > 0n
}

export async function sweepSubscriptions(tx: Tx, now: number): Promise<void> {
  await tx.deleteFrom('push_subscription').where('expires_at', '<=', now).execute()
}
