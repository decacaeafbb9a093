// The SQL of domain/settings. Every write of a value names the version that it replaces.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { SettingsTables } from './tables.ts'

type Reader = ReadonlyKysely<SettingsTables>
type Writer = Transaction<SettingsTables>

export async function readSettings(db: Reader, account: string, names: readonly string[] | null) {
  let query = db.selectFrom('setting').select(['name', 'value', 'version']).where('account', '=', account)
  if (names) query = query.where('name', 'in', names.length > 0 ? [...names] : [''])
  return (await query.orderBy('name').execute()).map((row) => ({ ...row, version: Number(row.version) }))
}

export async function countSettings(db: Reader, account: string): Promise<number> {
  const row = await db
    .selectFrom('setting')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertSetting(tx: Writer, account: string, name: string, value: string): Promise<void> {
  await tx.insertInto('setting').values({ account, name, value, version: 1 }).execute()
}

/** False when the row is no longer at that version. */
export async function replaceSetting(tx: Writer, account: string, name: string, version: number, value: string) {
  const done = await tx
    .updateTable('setting')
    .set({ value, version: version + 1 })
    .where('account', '=', account)
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteSetting(tx: Writer, account: string, name: string): Promise<boolean> {
  const done = await tx.deleteFrom('setting').where('account', '=', account).where('name', '=', name).executeTakeFirst()
  return Number(done.numDeletedRows) === 1
}

export async function readTemplates(db: Reader, account: string, ids: readonly string[] | null) {
  let query = db.selectFrom('template').select(['id', 'name', 'content', 'version']).where('account', '=', account)
  if (ids) query = query.where('id', 'in', ids.length > 0 ? [...ids] : [''])
  return (await query.orderBy('name').orderBy('id').execute()).map((row) => ({ ...row, version: Number(row.version) }))
}

export async function countTemplates(db: Reader, account: string): Promise<number> {
  const row = await db
    .selectFrom('template')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertTemplate(tx: Writer, row: Omit<SettingsTables['template'], 'version'>): Promise<void> {
  await tx
    .insertInto('template')
    .values({ ...row, version: 1 })
    .execute()
}

export async function replaceTemplate(tx: Writer, row: SettingsTables['template']): Promise<boolean> {
  const done = await tx
    .updateTable('template')
    .set({ name: row.name, content: row.content, version: row.version + 1 })
    .where('account', '=', row.account)
    .where('id', '=', row.id)
    .where('version', '=', row.version)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

export async function deleteTemplate(tx: Writer, account: string, id: string): Promise<boolean> {
  const done = await tx.deleteFrom('template').where('account', '=', account).where('id', '=', id).executeTakeFirst()
  return Number(done.numDeletedRows) === 1
}
