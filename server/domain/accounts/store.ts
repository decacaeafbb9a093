// SQL of domain/accounts.

import { isFailure } from '#core/errors.ts'
import type { Sql, SqlCaller } from '#ports/sql.ts'
import type { AccountTables } from './tables.ts'

/** True when the row is new. Two nodes may meet here at somebody's first sign-in: the second insert finds the first's row. */
export async function insertAccount(
  sql: Sql<AccountTables>,
  caller: SqlCaller,
  row: AccountTables['account'],
): Promise<boolean> {
  const found = await sql.readFresh().selectFrom('account').select('id').where('id', '=', row.id).executeTakeFirst()
  if (found) return false
  try {
    await sql.write(caller, (tx) => tx.insertInto('account').values(row).execute())
    return true
  } catch (error) {
    if (!isFailure(error, 'conflict')) throw error
    return false
  }
}
