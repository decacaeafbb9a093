// Compares what uploads refer to with what the stores hold, and the copies of a redundant store with one another. Reads beside running
// nodes; with `mayRepair` it writes the copies that are missing or damaged from one that is whole.

import { isFailure } from '#core/errors.ts'
import { knownBlobs, type UploadTables } from '#domain/uploads/index.ts'
import { listParts } from '#drivers/blob/read-across.ts'
import type { RepairReport } from '#drivers/blob/redundant.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { BlobStores } from './blob-stores.ts'

export interface BlobReport {
  readonly isWell: boolean
  /** Blobs that uploads refer to. */
  readonly checked: number
  /** Of these: no store has it, or only in another size. */
  readonly missing: readonly string[]
  /** With `isDeep`: there, and its bytes are others. */
  readonly damaged: readonly string[]
  readonly redundant: readonly ({ readonly store: string } & RepairReport)[]
  /** Stores that hold blobs and that this configuration does not name. */
  readonly notConfigured: readonly string[]
}

export interface CheckBlobsDeps {
  readonly stores: BlobStores
  /** What uploads are read from: `stores.blobs`, or what a plugin makes of it. */
  readonly blobs: BlobStore
  readonly sql: Sql<UploadTables>
  readonly isDeep: boolean
  readonly mayRepair: boolean
  readonly signal: AbortSignal
}

export async function checkBlobs(deps: CheckBlobsDeps): Promise<BlobReport> {
  const { stores, blobs, isDeep, mayRepair, signal } = deps
  const redundant: BlobReport['redundant'][number][] = []
  for (const store of stores.redundant)
    redundant.push({ store: store.name, ...(await store.repair({ isDeep, mayMend: mayRepair, signal })) })
  let checked = 0
  const [missing, damaged] = [[] as string[], [] as string[]]
  for (const part of listParts) {
    const sizes = new Map<string, number>()
    for await (const { key, size } of blobs.list(signal, part)) sizes.set(key, size)
    for await (const { key, size } of knownBlobs(deps.sql, part)) {
      checked++
      // Asked again where the listing had nothing: it may be younger than that.
      const found = sizes.get(key) ?? (await blobs.stat(key, signal))?.size
      if (found !== size) missing.push(key)
      else if (isDeep && !(await isWhole(blobs, key, signal))) damaged.push(key)
    }
  }
  const names = new Set([...stores.top.map(({ name }) => name), ...stores.members])
  const notConfigured = [...(await stores.places.status()).values()]
    .filter(({ name, state }) => state !== 'retired' && !names.has(name))
    .map(({ name }) => name)
  const isWell =
    missing.length + damaged.length + notConfigured.length === 0 &&
    redundant.every(
      ({ faulty, mended, lost, later, unread }) => faulty === mended && lost.length + later + unread.length === 0,
    )
  return { isWell, checked, missing, damaged, redundant, notConfigured }
}

async function isWhole(blobs: BlobStore, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of await blobs.get(key, { signal })) signal.throwIfAborted()
    return true
  } catch (error) {
    if (isFailure(error, 'blobMissing', 'notFound')) return false
    throw error
  }
}

export function blobReportLines(report: BlobReport): readonly string[] {
  return [
    `${report.checked} blobs are referred to`,
    ...report.missing.map((key) => `MISSING ${key}`),
    ...report.damaged.map((key) => `DAMAGED ${key}`),
    ...report.redundant.flatMap(({ store, checked, faulty, mended, lost, later, unread }) => [
      `${store}: ${checked} compared, ${faulty} without all copies, ${mended} mended, ${later} to be looked at later`,
      ...lost.map((key) => `${store}: LOST ${key}`),
      ...unread.map((name) => `${store}: ${name} CANNOT BE READ`),
    ]),
    ...report.notConfigured.map((name) => `NOT CONFIGURED ${name}`),
    report.isWell ? 'all is well' : 'NOT ALL IS WELL',
  ]
}
