// The blob stores of the configuration, opened: those of `[[blob_store]]`, or the folders of `[blob]` where there is none. Each is opened
// twice: for the blobs that somebody was told are kept, and in a room of its own for the indexes of mailboxes, which can be made anew.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import { openPlaces, type Places } from '#drivers/blob/places.ts'
import { openRedundantBlobStore, type RedundantBlobStore } from '#drivers/blob/redundant.ts'
import { openS3BlobStore } from '#drivers/blob/s3.ts'
import { openSpreadBlobStore, type SpreadBlobStore } from '#drivers/blob/spread.ts'
import { openSqlBlobStore } from '#drivers/blob/sql.ts'
import { withTimeLimit } from '#drivers/blob/time-limit.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'

export interface BlobStores {
  readonly blobs: BlobStore
  readonly snapshots: BlobStore
  /** What `blob.stores` names, as far as it is not part of another. */
  readonly top: readonly {
    readonly name: string
    readonly kind: string
    readonly capacityBytes: number
    readonly weight: number
  }[]
  /** Stores that a redundant one is made of. */
  readonly members: readonly string[]
  /** What the repair job works on: rebuildable bytes need no second copy. */
  readonly redundant: readonly (RedundantBlobStore & { readonly name: string })[]
  /** Where several share the blobs: the two rooms of it. */
  readonly spread: { readonly blobs: SpreadBlobStore; readonly snapshots: SpreadBlobStore } | null
  readonly places: Places
  /**
   * `unavailable` when no store would take a new blob: then this node is of no use for uploads. One that is down while others are not is
   * no reason to take the node out; its blobs are as unreachable from every other.
   */
  assertTakes(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface BlobStoresDeps {
  readonly config: Pick<Config, 'data' | 'blob' | 'blobStores'>
  readonly sql: Pick<SqlDatabase, 'for'>
  readonly clock: Clock
  readonly log: Log
  /** A folder that is to be made although it was there before: it has been lost, and its operator says so. */
  readonly makeAnew?: string
}

type Entry = Config['blobStores'][number]
type Room = 'blobs' | 'snapshots'

const s3PartBytes = 8 * 1024 * 1024
/** No blob's key: to hear whether a store answers. */
const nowhere = '0'.repeat(64)

export async function openBlobStores(deps: BlobStoresDeps): Promise<BlobStores> {
  const { config, clock, log } = deps
  const entries = config.blobStores.length > 0 ? config.blobStores : folderEntries(config)
  const members = new Set(entries.flatMap(({ stores }) => stores))
  const top = entries.filter(({ name }) => !members.has(name))
  const redundant: (RedundantBlobStore & { readonly name: string })[] = []
  const checks: ((signal: AbortSignal) => Promise<unknown>)[] = []
  const placesIn = (space: Room) => openPlaces({ sql: deps.sql.for(), clock, space })
  const places = placesIn('blobs')
  const before = await places.status()
  // Registered only once it is open: a folder that could not be made is made at the next start.
  const mayMake = (name: string) => !before.has(name) || name === deps.makeAnew

  async function open(entry: Entry, room: Room): Promise<BlobStore> {
    if (entry.kind !== 'redundant')
      return withTimeLimit(await openLeaf(deps, entry, room, mayMake(entry.name)), entry.timeout)
    const parts = entry.stores.map((name) => entries.find((other) => other.name === name) as Entry)
    const opened = await Promise.all(parts.map(async (part) => ({ name: part.name, store: await open(part, room) })))
    const store = openRedundantBlobStore(opened, entry.quorum, log)
    if (room === 'blobs') redundant.push({ ...store, name: entry.name })
    return store
  }

  async function openRoom(room: Room): Promise<{ readonly store: BlobStore; readonly spread: SpreadBlobStore | null }> {
    const stores = await Promise.all(
      top.map(async (entry) => ({
        name: entry.name,
        store: await open(entry, room),
        weight: entry.weight,
        capacityBytes: entry.capacity,
      })),
    )
    // Alone it needs no rows that say where a blob lies, unless some lie where this configuration knows nothing of.
    const others = [...before.values()].filter(
      ({ name, state }) => state !== 'retired' && !entries.some((e) => e.name === name),
    )
    if (others.length > 0) log.error('blob.store.unknown', { stores: others.map(({ name }) => name) })
    if (room === 'blobs') {
      for (const { name, store } of stores) {
        const copies = redundant.find((other) => other.name === name)
        checks.push((signal) => (copies ? copies.assertTakes(signal) : store.stat(nowhere, signal)))
      }
    }
    const [only] = stores
    if (only && stores.length === 1 && others.length === 0 && before.get(only.name)?.state !== 'retired')
      return { store: only.store, spread: null }
    const spread = openSpreadBlobStore({ stores, places: placesIn(room), clock, log })
    return { store: spread, spread }
  }

  const [blobs, snapshots] = [await openRoom('blobs'), await openRoom('snapshots')]
  await places.register(entries.map(({ name }) => name))
  return {
    blobs: blobs.store,
    snapshots: snapshots.store,
    top: top.map(({ name, kind, capacity, weight }) => ({ name, kind, capacityBytes: capacity, weight })),
    members: [...members],
    redundant,
    spread: blobs.spread && snapshots.spread && { blobs: blobs.spread, snapshots: snapshots.spread },
    places,
    async assertTakes(signal) {
      try {
        await Promise.any(checks.map((check) => check(signal)))
      } catch (error) {
        throw new Failure('unavailable', { stores: top.map(({ name }) => name) }, error)
      }
    },
    async close() {
      await blobs.store.close()
      await snapshots.store.close()
    },
  }
}

/** `[blob] folders` told as stores. */
function folderEntries(config: BlobStoresDeps['config']): readonly Entry[] {
  const standard = {
    ...{ folder: null, endpoint: null, region: '', bucket: null, prefix: '', accessKey: null, secretKey: null },
    ...{
      secretKeyFile: null,
      caFile: null,
      pathStyle: true,
      stores: [],
      quorum: 0,
      capacity: 0,
      weight: 1,
      timeout: 30_000,
    },
  }
  const folders = config.blob.folders.length > 0 ? config.blob.folders : [join(config.data.dir, 'blobs')]
  const stores = folders.map(
    (folder, index): Entry => ({ ...standard, name: `folder-${index + 1}`, kind: 'fs', folder }),
  )
  if (stores.length === 1) return stores
  const names = stores.map(({ name }) => name)
  return [...stores, { ...standard, name: 'folders', kind: 'redundant', stores: names, quorum: config.blob.quorum }]
}

async function openLeaf(deps: BlobStoresDeps, entry: Entry, room: Room, mayMake: boolean): Promise<BlobStore> {
  switch (entry.kind) {
    case 'fs': {
      const folder = entry.folder as string
      return openFsBlobStore(room === 'blobs' ? folder : join(folder, room), { mayMake })
    }
    case 'sql':
      return openSqlBlobStore({ sql: deps.sql.for(), clock: deps.clock, space: `${entry.name}:${room}` })
    default:
      return openS3BlobStore({
        endpoint: entry.endpoint,
        region: entry.region,
        bucket: entry.bucket as string,
        prefix: room === 'blobs' ? entry.prefix : `${entry.prefix}${room}/`,
        credentials: await readCredentials(entry),
        ca: entry.caFile === null ? null : await readFile(entry.caFile, 'utf8'),
        pathStyle: entry.pathStyle,
        timeoutMs: entry.timeout,
        partBytes: s3PartBytes,
      })
  }
}

async function readCredentials({ accessKey, secretKey, secretKeyFile }: Entry) {
  if (accessKey === null) return null
  const secret = secretKey ?? (await readFile(secretKeyFile as string, 'utf8')).split('\n')[0]?.trim() ?? ''
  return { accessKeyId: accessKey, secretAccessKey: secret }
}
