// The SQL of identities.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { SubmissionTables } from './tables.ts'

type Reader = ReadonlyKysely<SubmissionTables>
type Writer = Transaction<SubmissionTables>
type Row = SubmissionTables['identity']

export async function readIdentities(db: Reader, account: string): Promise<readonly Row[]> {
  return db
    .selectFrom('identity')
    .selectAll()
    .where('account', '=', account)
    .orderBy('may_delete')
    .orderBy('id')
    .execute()
}

export async function countIdentities(tx: Writer, account: string): Promise<number> {
  const row = await tx
    .selectFrom('identity')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertIdentity(tx: Writer, row: Row): Promise<void> {
  await tx.insertInto('identity').values(row).execute()
}

/** False when the row is no longer at that version. */
export async function replaceIdentity(tx: Writer, row: Row): Promise<boolean> {
  const { account, id, version, ...rest } = row
  const done = await tx
    .updateTable('identity')
    .set({ ...rest, version: version + 1 })
    .where('account', '=', account)
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteIdentity(tx: Writer, account: string, id: string): Promise<boolean> {
  const done = await tx.deleteFrom('identity').where('account', '=', account).where('id', '=', id).executeTakeFirst()
  return Number(done.numDeletedRows) === 1
}
