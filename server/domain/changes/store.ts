// The SQL of domain/changes.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { asReader } from '#ports/sql.ts'
import type { ChangeTables } from './tables.ts'
import type { LogKey, ObjectChange } from './types.ts'

/** Advances the counter by `count` and returns its new value. The UPDATE comes first: it takes the row lock on every engine. */
export async function advance(
  tx: Transaction<ChangeTables>,
  { account, type }: LogKey,
  count: number,
): Promise<number> {
  const bumped = await tx
    .updateTable('change_state')
    .set((eb) => ({ seq: eb('seq', '+', count) }))
    .where('account', '=', account)
    .where('type', '=', type)
    .executeTakeFirst()
  if (Number(bumped.numUpdatedRows) === 0) {
    // Of two first writers at once one inserts, and the other waits here for it: no `conflict`, which callers take for one of their own keys.
    await tx
      .insertInto('change_state')
      .values({ account, type, seq: 0, oldest: 0 })
      .onConflict((on) => on.columns(['account', 'type']).doNothing())
      .execute()
    return advance(tx, { account, type }, count)
  }
  return readSeq(asReader(tx), { account, type })
}

export async function readSeq(db: ReadonlyKysely<ChangeTables>, key: LogKey): Promise<number> {
  return (await readState(db, key)).seq
}

export async function readState(db: ReadonlyKysely<ChangeTables>, { account, type }: LogKey) {
  const row = await db
    .selectFrom('change_state')
    .select(['seq', 'oldest'])
    .where('account', '=', account)
    .where('type', '=', type)
    .executeTakeFirst()
  return { seq: Number(row?.seq ?? 0), oldest: Number(row?.oldest ?? 0) }
}

export async function insertChanges(
  tx: Transaction<ChangeTables>,
  { account, type }: LogKey,
  firstSeq: number,
  changes: readonly ObjectChange[],
): Promise<void> {
  const rows = changes.map(({ id, kind }, index) => ({ account, type, seq: firstSeq + index, object: id, kind }))
  await tx.insertInto('change_log').values(rows).execute()
}

export async function readChanges(db: ReadonlyKysely<ChangeTables>, { account, type }: LogKey, after: number) {
  return db
    .selectFrom('change_log')
    .select(['seq', 'object', 'kind'])
    .where('account', '=', account)
    .where('type', '=', type)
    .where('seq', '>', after)
    .orderBy('seq')
    .execute()
}

/** Forgets all but the newest `keep` changes. */
export async function forget(tx: Transaction<ChangeTables>, { account, type }: LogKey, keep: number): Promise<void> {
  const oldest = (await readSeq(asReader(tx), { account, type })) - keep
  if (oldest <= 0) return
  await tx
    .updateTable('change_state')
    .set({ oldest })
    .where('account', '=', account)
    .where('type', '=', type)
    .where('oldest', '<', oldest)
    .execute()
  await tx
    .deleteFrom('change_log')
    .where('account', '=', account)
    .where('type', '=', type)
    .where('seq', '<=', oldest)
    .execute()
}
