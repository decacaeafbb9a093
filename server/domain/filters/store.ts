// The SQL of domain/filters: which id a script's name has.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { FilterTables } from './tables.ts'

type Writer = Transaction<FilterTables>

export async function readScriptIds(db: ReadonlyKysely<FilterTables>, account: string) {
  return db.selectFrom('sieve_script').select(['id', 'name']).where('account', '=', account).execute()
}

export async function insertScriptId(tx: Writer, account: string, id: string, name: string): Promise<void> {
  await tx.insertInto('sieve_script').values({ account, id, name }).execute()
}

export async function renameScriptId(tx: Writer, account: string, id: string, name: string): Promise<void> {
  await tx.updateTable('sieve_script').set({ name }).where('account', '=', account).where('id', '=', id).execute()
}

export async function deleteScriptIds(tx: Writer, account: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .deleteFrom('sieve_script')
    .where('account', '=', account)
    .where('id', 'in', [...ids])
    .execute()
}
