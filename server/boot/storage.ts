// Database, blobs and key ring from the configuration: what a node needs before any domain opens.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import { openRedundantBlobStore, type RedundantBlobStore } from '#drivers/blob/redundant.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { openSqlite, sqlitePath } from '#drivers/sql/sqlite.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { loadKeyRing } from './key-ring.ts'

export const migrationsFolder = new URL('../migrations/', import.meta.url)

export interface Storage {
  readonly sql: SqlDatabase
  /** The database is embedded: no other node serves the same accounts. */
  readonly isOfOneNode: boolean
  readonly blobs: BlobStore
  /** Rebuildable bytes (indexes of mailboxes), apart from the blobs that somebody was told are kept. */
  readonly snapshotBlobs: BlobStore
  /** The same store as `blobs` where it is made of several folders: what the repair job works on. */
  readonly redundant: RedundantBlobStore | null
  readonly keyRing: KeyRing
  close(): Promise<void>
}

export interface StorageDeps {
  readonly config: Pick<Config, 'data' | 'sql' | 'blob' | 'security'>
  readonly log: Log
  readonly clock: Clock
  readonly onStatement?: (sql: string, ms: number) => void
}

export function databasePath(config: Pick<Config, 'data' | 'sql'>): string {
  return sqlitePath(config.sql.url ?? join(config.data.dir, 'paquebot.sqlite'))
}

export async function openStorage(deps: StorageDeps): Promise<Storage> {
  const { config, log } = deps
  await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
  const keyRing = await loadKeyRing(config.security.keyRing ?? join(config.data.dir, 'keys'), {
    create: config.security.keyRing === null,
    now: deps.clock.now(),
  })
  const sql = await openSqlite({
    path: databasePath(config),
    slowStatementMs: config.sql.slowStatement,
    log,
    onStatement: deps.onStatement,
  })
  // The embedded database belongs to this node alone; the engines that nodes share are migrated by `paquebot migrate`.
  const applied = await migrate(sql.writer, migrationsFolder)
  if (applied.length > 0) log.info('sql.migrated', { applied })
  const folders = config.blob.folders.length > 0 ? config.blob.folders : [join(config.data.dir, 'blobs')]
  const stores = await Promise.all(folders.map(openFsBlobStore))
  const redundant = stores.length > 1 ? openRedundantBlobStore(stores, config.blob.quorum, log) : null
  const blobs = redundant ?? (stores[0] as BlobStore)
  return {
    sql,
    isOfOneNode: true,
    blobs,
    snapshotBlobs: await openFsBlobStore(join(folders[0] as string, 'snapshots')),
    redundant,
    keyRing,
    async close() {
      await blobs.close()
      await sql.close()
    },
  }
}
