// Database, blobs and key ring from the configuration: what a node needs before any domain opens.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import type { SplitDatabase } from '#drivers/sql/split.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { type BlobStores, openBlobStores } from './blob-stores.ts'
import { openDatabase } from './database.ts'
import { loadKeyRing } from './key-ring.ts'

export interface Storage {
  readonly sql: SqlDatabase
  /** The database is embedded: no other node serves the same accounts. */
  readonly isOfOneNode: boolean
  /** The servers behind `sql`, where there are any: figures and housekeeping. */
  readonly split: SplitDatabase | null
  readonly blobs: BlobStore
  /** Rebuildable bytes (indexes of mailboxes), apart from the blobs that somebody was told are kept. */
  readonly snapshotBlobs: BlobStore
  readonly blobStores: BlobStores
  readonly keyRing: KeyRing
  close(): Promise<void>
}

export interface StorageDeps {
  readonly config: Pick<Config, 'data' | 'sql' | 'blob' | 'blobStores' | 'security'>
  readonly log: Log
  readonly clock: Clock
  readonly onStatement?: (sql: string, ms: number) => void
}

export function keyRingPath(config: Pick<Config, 'data' | 'security'>): string {
  return config.security.keyRing ?? join(config.data.dir, 'keys')
}

export async function openStorage(deps: StorageDeps): Promise<Storage> {
  const { config, log } = deps
  await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
  const keyRing = await loadKeyRing(keyRingPath(config), {
    create: config.security.keyRing === null,
    now: deps.clock.now(),
  })
  const database = await openDatabase({ config, log, onStatement: deps.onStatement })
  const blobStores = await openBlobStores({ config, sql: database.sql, clock: deps.clock, log })
  return {
    ...database,
    blobs: blobStores.blobs,
    snapshotBlobs: blobStores.snapshots,
    blobStores,
    keyRing,
    async close() {
      await blobStores.close()
      await database.sql.close()
    },
  }
}
