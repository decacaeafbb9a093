// A blob store made of several that share the blobs: each new one goes to one store that has room, by weight, and a row says which. A read
// asks the row, then that store: no other is asked on the way. Where the row knows nothing, or its store fails, all are asked.
// A store can be drained and retired while all this goes on: `moveOn` moves what it holds, a batch at a time.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobKey, BlobStore, StoredBlob } from '#ports/blob-store.ts'
import type { Places, StoreStatus } from './places.ts'
import { partsOfPrefix, readAcross, statAcross } from './read-across.ts'
import { replayable } from './replayable.ts'

export interface SharedStore {
  readonly name: string
  readonly store: BlobStore
  readonly weight: number
  /** 0: not known. */
  readonly capacityBytes: number
}

export interface SpreadBlobStore extends BlobStore {
  /**
   * Moves blobs of the store to the active ones, from `after` on: at most `limit` of those that its rows name. `isDone` when there
   * was no further one; run it again from the start until `moved` and `failed` are 0.
   */
  moveOn(name: string, after: BlobKey, limit: number, signal: AbortSignal): Promise<MoveReport>
  /** Gives a row to each blob that this store lists and that no row names: written before there were several stores. Returns how many. */
  adopt(name: string, signal: AbortSignal): Promise<number>
}

export interface MoveReport {
  readonly moved: number
  readonly movedBytes: number
  readonly failed: number
  readonly last: BlobKey
  readonly isDone: boolean
}

export interface SpreadDeps {
  readonly stores: readonly SharedStore[]
  readonly places: Places
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
}

/** How old what this node knows of the states and fill levels may be. */
export const statusMs = 2_000
/** A store that failed a write is passed over for so long while there are others. */
const restMs = 10_000
const adoptBatchSize = 200
/** For a second; a deletion takes two statements. */
const deletionLooks = 10
const deletionLookMs = 100

export function openSpreadBlobStore(deps: SpreadDeps): SpreadBlobStore {
  const { stores, places, clock, log, random = Math.random } = deps
  const byName = new Map(stores.map((shared) => [shared.name, shared]))
  const failedAt = new Map<string, number>()
  /** What this node wrote since the fill levels were measured. */
  const written = new Map<string, number>()
  let known: { readonly at: number; readonly status: Promise<ReadonlyMap<string, StoreStatus>> } | null = null
  // Damage is mended by stores that hold more than one copy; here is only one.
  const reading = { log, onDamage: async () => {} }

  function status(): Promise<ReadonlyMap<string, StoreStatus>> {
    if (!known || known.at <= clock.now() - statusMs) {
      const before = known?.status
      const fresh = { at: clock.now(), status: places.status() }
      known = fresh
      fresh.status.then(async (now) => forgetWritten(now, await before)).catch(() => {})
      fresh.status.catch(() => {
        if (known === fresh) known = null // The next one asks again.
      })
    }
    return known.status
  }

  /** Where the fill level was measured anew, it has in it what this node wrote. */
  function forgetWritten(now: ReadonlyMap<string, StoreStatus>, before: ReadonlyMap<string, StoreStatus> | undefined) {
    for (const { name, usedBytes } of now.values()) if (usedBytes !== before?.get(name)?.usedBytes) written.delete(name)
  }

  const stateOf = (all: ReadonlyMap<string, StoreStatus>, name: string) => all.get(name)?.state ?? 'active'

  /** Stores that may hold blobs. */
  async function standing(): Promise<readonly SharedStore[]> {
    const all = await status()
    return stores.filter(({ name }) => stateOf(all, name) !== 'retired')
  }

  /** In the order in which they are to be tried: drawn by weight, those that failed lately last. */
  async function takers(bytes: number): Promise<readonly SharedStore[]> {
    const all = await status()
    const left = stores.filter(({ name, weight, capacityBytes }) => {
      const used = (all.get(name)?.usedBytes ?? 0) + (written.get(name) ?? 0)
      return stateOf(all, name) === 'active' && weight > 0 && (capacityBytes === 0 || used + bytes <= capacityBytes)
    })
    if (left.length === 0) throw new Failure('unavailable', { reason: 'no store has room', bytes })
    const drawn: SharedStore[] = []
    while (left.length > 0) {
      let at = random() * left.reduce((sum, { weight }) => sum + weight, 0)
      const index = left.findIndex(({ weight }) => (at -= weight) < 0)
      drawn.push(...left.splice(Math.max(index, 0), 1))
    }
    const isResting = ({ name }: SharedStore) => (failedAt.get(name) ?? 0) > clock.now() - restMs
    return [...drawn.filter((store) => !isResting(store)), ...drawn.filter(isResting)]
  }

  /** Those that rows name, then, read again, those that they name now (it was moved meanwhile), then all others. */
  async function* holders(key: BlobKey): AsyncGenerator<SharedStore> {
    const tried = new Set<string>()
    let foreign: string | undefined
    for (let round = 0; round < 2; round++) {
      for (const name of await places.of(key)) {
        const shared = byName.get(name)
        if (!shared) foreign = name
        if (!shared || tried.has(name)) continue
        tried.add(name)
        yield shared
      }
    }
    for (const shared of await standing()) if (!tried.has(shared.name)) yield shared
    // Not «not found»: it lies in a store that this node's configuration does not name.
    if (foreign !== undefined)
      throw new Failure('unavailable', { key, store: foreign, reason: 'is not configured here' })
  }

  async function putInto(
    shared: SharedStore,
    source: AsyncIterable<Uint8Array>,
    options: Parameters<BlobStore['put']>[1],
  ) {
    const stored = await shared.store.put(source, options)
    // Bytes without a row are found as well, only later, and collected when nobody refers to them.
    if (!(await places.add(stored.key, shared.name, stored.size)))
      throw new Failure('unavailable', { key: stored.key, store: shared.name, reason: 'was retired meanwhile' })
    written.set(shared.name, (written.get(shared.name) ?? 0) + stored.size)
    return stored
  }

  async function moveOne(from: SharedStore, key: BlobKey, size: number, signal: AbortSignal): Promise<boolean> {
    const [to] = (await takers(size)).filter(({ name }) => name !== from.name)
    if (!to) throw new Failure('unavailable', { reason: 'no other store has room', bytes: size })
    const found = await statAcross([from], key, signal)
    if (!found) {
      // Only its row was left, or its bytes are lost: the other places decide.
      const others = (await places.of(key)).filter((name) => name !== from.name)
      if (others.length === 0) throw new Failure('blobMissing', { key, store: from.name })
      return places.move(key, from.name, others[0] as string, size)
    }
    const body = await readAcross(reading, [from], key, { signal })
    const stored = await to.store.put(body, { maxBytes: Number.MAX_SAFE_INTEGER, signal })
    if (stored.key !== key) throw new Failure('blobMissing', { key, store: from.name, reason: 'hash' })
    // The bytes stay in the old store until it is wiped: to delete them here could meet somebody who has just written them again.
    return places.move(key, from.name, to.name, size)
  }

  /** `delete` takes the bytes first and the row after them: what has a row and no bytes is lost only when that does not pass. */
  async function isBeingDeleted(key: BlobKey, name: string, signal: AbortSignal): Promise<boolean> {
    for (let looks = 0; looks < deletionLooks; looks++) {
      if (!(await places.of(key)).includes(name)) return true
      await sleep(deletionLookMs, undefined, { signal })
    }
    return false
  }

  function shareOf(name: string): SharedStore {
    const shared = byName.get(name)
    if (!shared) throw new Failure('notFound', { store: name })
    return shared
  }

  return {
    async put(source, options) {
      const room = options.maxBytes === Number.MAX_SAFE_INTEGER ? 0 : options.maxBytes
      const replay = replayable(source)
      let last: unknown
      try {
        for (const shared of await takers(room)) {
          try {
            return await putInto(shared, replay.start(), options)
          } catch (error) {
            if (!isFailure(error, 'unavailable')) throw error
            failedAt.set(shared.name, clock.now())
            log.warn('blob.store.failed', { store: shared.name, error })
            last = error
            options.signal.throwIfAborted()
            if (!replay.mayStart()) break
          }
        }
        throw last
      } finally {
        replay.close()
      }
    },

    get: (key, options) => readAcross(reading, holders(key), key, options),
    stat: (key, signal) => statAcross(holders(key), key, signal),

    async delete(key, signal) {
      const outcomes = await Promise.allSettled((await standing()).map(({ store }) => store.delete(key, signal)))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (errors.length > 0) throw new Failure('unavailable', { key }, new AggregateError(errors))
      await places.remove(key)
    },

    async *list(signal, prefix = '') {
      for (const part of partsOfPrefix(prefix)) {
        const seen = new Set<BlobKey>()
        for (const { store } of await standing()) {
          for await (const blob of store.list(signal, part)) {
            if (seen.has(blob.key)) continue
            seen.add(blob.key)
            yield blob
          }
        }
      }
    },

    async tidy(before, signal) {
      let removed = 0
      for (const { store } of await standing()) removed += await store.tidy(before, signal)
      return removed
    },

    async moveOn(name, after, limit, signal) {
      const from = shareOf(name)
      const batch = await places.inStore(name, after, limit)
      const report = { moved: 0, movedBytes: 0, failed: 0 }
      for (const { key, size } of batch) {
        signal.throwIfAborted()
        try {
          if (!(await moveOne(from, key, size, signal))) continue
          report.moved++
          report.movedBytes += size
        } catch (error) {
          signal.throwIfAborted()
          if (isFailure(error, 'blobMissing', 'notFound') && (await isBeingDeleted(key, name, signal))) continue
          log.error('blob.move', { blob: key, from: name, error })
          report.failed++
        }
      }
      return { ...report, last: batch.at(-1)?.key ?? after, isDone: batch.length < limit }
    },

    async adopt(name, signal) {
      const { store } = shareOf(name)
      let adopted = 0
      let batch: StoredBlob[] = []
      const adoptBatch = async () => {
        const placed = await places.placed(batch.map(({ key }) => key))
        for (const { key, size } of batch) if (!placed.has(key) && (await places.add(key, name, size))) adopted++
        batch = []
      }
      for await (const blob of store.list(signal)) {
        batch.push(blob)
        if (batch.length >= adoptBatchSize) await adoptBatch()
      }
      await adoptBatch()
      return adopted
    },

    async close() {
      await Promise.all(stores.map(({ store }) => store.close()))
    },
  }
}
