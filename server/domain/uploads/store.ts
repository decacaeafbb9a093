// SQL of domain/uploads. The order of locks is stored_blob, then upload, then upload_reference; each transaction here begins by
// updating the row that it is about, so that two that are about the same thing come one after the other on every engine.

import type { ExpressionBuilder, Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { asReader } from '#ports/sql.ts'
import type { UploadTables } from './tables.ts'

type Reader = ReadonlyKysely<UploadTables>
type Tx = Transaction<UploadTables>

/** False while the blob's bytes are being removed. */
export async function takeBlob(tx: Tx, blob: string, now: number): Promise<boolean> {
  const taken = await tx
    .updateTable('stored_blob')
    .set({ taken_at: now })
    .where('blob', '=', blob)
    .where('is_leaving', '=', 0)
    .executeTakeFirst()
  if (taken.numUpdatedRows > 0n) return true
  const row = await tx.selectFrom('stored_blob').select('blob').where('blob', '=', blob).executeTakeFirst()
  if (row) return false
  await tx.insertInto('stored_blob').values({ blob, is_leaving: 0, taken_at: now }).execute()
  return true
}

export async function putUpload(tx: Tx, row: UploadTables['upload']): Promise<void> {
  const { account, blob, type, expires_at } = row
  const updated = await tx
    .updateTable('upload')
    .set({ type, expires_at })
    .where('account', '=', account)
    .where('blob', '=', blob)
    .executeTakeFirst()
  if (updated.numUpdatedRows === 0n) await tx.insertInto('upload').values(row).execute()
}

export async function removeUpload(tx: Tx, account: string, blob: string): Promise<void> {
  await tx.deleteFrom('upload').where('account', '=', account).where('blob', '=', blob).execute()
}

export async function findUpload(db: Reader, account: string, blob: string) {
  return db.selectFrom('upload').selectAll().where('account', '=', account).where('blob', '=', blob).executeTakeFirst()
}

/** No manifest names it: what counts against the quota and what may be collected is one question. */
const isUnreferenced = ({ not, exists, selectFrom }: ExpressionBuilder<UploadTables, 'upload'>) =>
  not(
    exists(
      selectFrom('upload_reference')
        .select('upload_reference.blob')
        .whereRef('upload_reference.account', '=', 'upload.account')
        .whereRef('upload_reference.blob', '=', 'upload.blob'),
    ),
  )

/** Octets of the account that no manifest names. */
export async function unboundBytes(db: Reader, account: string): Promise<number> {
  const row = await db
    .selectFrom('upload')
    .select(({ fn }) => fn.sum('size').as('bytes'))
    .where('account', '=', account)
    .where(isUnreferenced)
    .executeTakeFirst()
  return Number(row?.bytes ?? 0)
}

/** Moves the end on to at least `until`; false when there is no such upload. The row is locked from here on. */
export async function prolong(tx: Tx, account: string, blob: string, until: number): Promise<boolean> {
  const updated = await tx
    .updateTable('upload')
    .set(({ eb, ref }) => ({
      expires_at: eb.case().when(ref('expires_at'), '<', until).then(until).else(ref('expires_at')).end(),
    }))
    .where('account', '=', account)
    .where('blob', '=', blob)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

export async function replaceReferences(tx: Tx, account: string, owner: string, blobs: readonly string[]) {
  await tx.deleteFrom('upload_reference').where('account', '=', account).where('owner', '=', owner).execute()
  if (blobs.length === 0) return
  await tx
    .insertInto('upload_reference')
    .values(blobs.map((blob) => ({ account, owner, blob })))
    .execute()
}

export async function expiredUploads(db: Reader, now: number, limit: number) {
  return db
    .selectFrom('upload')
    .select(['account', 'blob'])
    .where('expires_at', '<=', now)
    .where(isUnreferenced)
    .limit(limit)
    .execute()
}

/**
 * False when it is referred to or was prolonged in between. The first statement takes the row's lock, which `bind` needs as well
 * (prolong): what the second reads is then the truth until the commit.
 */
export async function dropExpired(tx: Tx, account: string, blob: string, now: number): Promise<boolean> {
  const locked = await tx
    .updateTable('upload')
    .set(({ ref }) => ({ expires_at: ref('expires_at') }))
    .where('account', '=', account)
    .where('blob', '=', blob)
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  if (locked.numUpdatedRows === 0n) return false
  const referred = await tx
    .selectFrom('upload_reference')
    .select('owner')
    .where('account', '=', account)
    .where('blob', '=', blob)
    .executeTakeFirst()
  if (referred) return false
  await removeUpload(tx, account, blob)
  return true
}

/** Blobs that no account has, and those whose removal was begun and not ended. */
export async function unusedBlobs(db: Reader, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('stored_blob')
    .select('blob')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('upload').select('upload.blob').whereRef('upload.blob', '=', 'stored_blob.blob'))),
    )
    .limit(limit)
    .execute()
  return rows.map(({ blob }) => blob)
}

/** Whoever has them, each once, in order, after `after`. */
export async function uploadedBlobs(db: Reader, prefix: string, after: string, limit: number) {
  const rows = await db
    .selectFrom('upload')
    .select(({ fn }) => ['blob', fn.max('size').as('size')])
    .where('blob', '>=', prefix)
    .where('blob', '<', `${prefix}g`)
    .where('blob', '>', after)
    .groupBy('blob')
    .orderBy('blob')
    .limit(limit)
    .execute()
  return rows.map(({ blob, size }) => ({ key: blob, size: Number(size) }))
}

/** Those of the blobs that have a row: somebody's, or being removed. */
export async function storedBlobs(db: Reader, blobs: readonly string[]): Promise<ReadonlySet<string>> {
  if (blobs.length === 0) return new Set()
  const rows = await db.selectFrom('stored_blob').select('blob').where('blob', 'in', blobs).execute()
  return new Set(rows.map(({ blob }) => blob))
}

async function isStoredBlob(db: Reader, blob: string): Promise<boolean> {
  const row = await db.selectFrom('stored_blob').select('blob').where('blob', '=', blob).executeTakeFirst()
  return row !== undefined
}

/** A removal begun by a node that has not ended it for so long is another's to carry on: that node is dead, not slow. */
const removalMs = 300_000

/** Marks the blob as leaving unless an account has it: from then on `takeBlob` refuses it. */
export async function beginRemoval(tx: Tx, blob: string, now: number): Promise<boolean> {
  const locked = await tx
    .updateTable('stored_blob')
    .set({ taken_at: now })
    .where('blob', '=', blob)
    .where((is) => is.or([is('is_leaving', '=', 0), is('taken_at', '<=', now - removalMs)]))
    .executeTakeFirst()
  if (locked.numUpdatedRows === 0n) {
    if (await isStoredBlob(asReader(tx), blob)) return false
    await tx.insertInto('stored_blob').values({ blob, is_leaving: 1, taken_at: now }).execute()
  }
  const used = await tx.selectFrom('upload').select('account').where('blob', '=', blob).executeTakeFirst()
  if (used) return false
  await tx.updateTable('stored_blob').set({ is_leaving: 1 }).where('blob', '=', blob).execute()
  return true
}

export async function endRemoval(tx: Tx, blob: string): Promise<void> {
  await tx.deleteFrom('stored_blob').where('blob', '=', blob).where('is_leaving', '=', 1).execute()
}
