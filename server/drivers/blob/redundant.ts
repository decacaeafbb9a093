// A blob store made of others. A write goes to all at once and holds when `quorum` have the bytes; a read takes the first that answers
// and goes on with the next where one breaks off. `repair` brings what is missing or damaged back to full count.

import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobKey, BlobStore, StoredBlob } from '#ports/blob-store.ts'
import { fanOut } from './fan-out.ts'
import { listParts, type NamedStore, partsOfPrefix, readAcross, statAcross } from './read-across.ts'

export interface RedundantBlobStore extends BlobStore {
  readonly parts: readonly NamedStore[]
  /** `unavailable` when a write now would not find its quorum. */
  assertTakes(signal: AbortSignal): Promise<void>
  /**
   * Compares what the stores list, and copies what one lacks or has in another size; with `isDeep` each copy is read and its hash
   * compared as well. A store that cannot be read is left alone and told in `unread`. Without `mayMend` nothing is written.
   */
  repair(options: {
    readonly isDeep: boolean
    readonly mayMend: boolean
    readonly signal: AbortSignal
  }): Promise<RepairReport>
}

export interface RepairReport {
  readonly checked: number
  /** Keys of which some store had no whole copy: the mended ones among them. */
  readonly faulty: number
  readonly mended: number
  /** Keys of which no whole copy was found while every store could be read. */
  readonly lost: readonly BlobKey[]
  /** Keys that could not be looked at or mended now. */
  readonly later: number
  /** Stores that could not be listed. */
  readonly unread: readonly string[]
}

/** `quorum` 0 means all. */
export function openRedundantBlobStore(parts: readonly NamedStore[], quorum: number, log: Log): RedundantBlobStore {
  const stores = parts.map(({ store }) => store)
  const needed = quorum === 0 ? stores.length : quorum
  if (stores.length === 0 || needed > stores.length) throw new Failure('badInput', { stores: stores.length, quorum })
  const reading = { log, onDamage: async (key: BlobKey) => void (await mend(key, true, AbortSignal.timeout(mendMs))) }

  /** True when that store's copy is whole: read to the end, hash compared. Throws where that cannot be told. */
  async function isWhole(store: BlobStore, key: BlobKey, signal: AbortSignal): Promise<boolean> {
    try {
      for await (const _ of await store.get(key, { signal })) signal.throwIfAborted()
      return true
    } catch (error) {
      if (isFailure(error, 'notFound', 'blobMissing')) return false
      throw error
    }
  }

  async function mend(
    key: BlobKey,
    mayMend: boolean,
    signal: AbortSignal,
  ): Promise<'whole' | 'faulty' | 'mended' | 'lost'> {
    const states = await Promise.allSettled(stores.map((store) => isWhole(store, key, signal)))
    const good = stores.find((_, index) => isFulfilled(states[index], true))
    const unread = states.find((state) => state.status === 'rejected')
    if (!good) {
      if (unread) throw unread.reason
      return 'lost'
    }
    const bad = stores.filter((_, index) => isFulfilled(states[index], false))
    if (bad.length > 0 && !mayMend) return 'faulty'
    for (const store of bad) {
      const { key: written } = await store.put(await good.get(key, { signal }), {
        maxBytes: Number.MAX_SAFE_INTEGER,
        signal,
      })
      if (written !== key) throw new Failure('blobMissing', { key, written })
    }
    if (bad.length > 0) log.info('blob.mended', { blob: key, copies: bad.length })
    // What can be read has been mended; the rest is a later round's.
    if (unread) throw unread.reason
    return bad.length > 0 ? 'mended' : 'whole'
  }

  /** The sizes of one part of the keys in each store; null for a store that does not tell. */
  async function listSizes(store: NamedStore, part: string, signal: AbortSignal, unread: Set<string>) {
    if (unread.has(store.name)) return null
    const sizes = new Map<BlobKey, number>()
    try {
      for await (const { key, size } of store.store.list(signal, part)) sizes.set(key, size)
      return sizes
    } catch (error) {
      signal.throwIfAborted()
      log.warn('blob.repair.unread', { store: store.name, error })
      unread.add(store.name)
      return null
    }
  }

  return {
    parts,

    async assertTakes(signal) {
      const outcomes = await Promise.allSettled(stores.map((store) => store.stat(nowhere, signal)))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      const living = stores.length - errors.length
      if (living < needed) throw new Failure('unavailable', { living, needed }, new AggregateError(errors))
    },

    async put(source, options) {
      const { branches, leaveOut, pump } = fanOut(source, stores.length)
      const writes = stores.map((store, index) =>
        store.put(branches[index] as AsyncIterable<Uint8Array>, options).finally(() => leaveOut(index)),
      )
      const [, outcomes] = await Promise.all([pump, Promise.allSettled(writes)])
      const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (stored.length < needed) {
        // The source's own failure and `tooLarge` come from every branch alike: told as they are. What some stores kept is
        // referred to by nobody and is collected.
        const telling = errors.find((error) => !isFailure(error, 'unavailable'))
        throw telling ?? new Failure('unavailable', { stored: stored.length, needed }, new AggregateError(errors))
      }
      const result = stored[0] as StoredBlob
      if (errors.length > 0) log.warn('blob.degraded', { blob: result.key, missing: errors.length, error: errors[0] })
      return result
    },

    get: (key, options) => readAcross(reading, parts, key, options),
    stat: (key, signal) => statAcross(parts, key, signal),

    async delete(key, signal) {
      const outcomes = await Promise.allSettled(stores.map((store) => store.delete(key, signal)))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (errors.length > 0) throw new Failure('unavailable', { key }, new AggregateError(errors))
    },

    async *list(signal, prefix = '') {
      const unread = new Set<string>()
      for (const part of partsOfPrefix(prefix)) {
        const seen = new Set<BlobKey>()
        for (const { name, store } of parts) {
          if (unread.has(name)) continue
          try {
            for await (const blob of store.list(signal, part)) {
              if (seen.has(blob.key)) continue
              seen.add(blob.key)
              yield blob
            }
          } catch (error) {
            signal.throwIfAborted()
            unread.add(name)
            if (unread.size === parts.length) throw new Failure('unavailable', { prefix: part }, error)
          }
        }
      }
    },

    async tidy(before, signal) {
      const outcomes = await Promise.allSettled(stores.map((store) => store.tidy(before, signal)))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (errors.length > 0) throw new Failure('unavailable', {}, new AggregateError(errors))
      return outcomes.reduce((sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0), 0)
    },

    async repair({ isDeep, mayMend, signal }) {
      const report = { checked: 0, faulty: 0, mended: 0, lost: [] as BlobKey[], later: 0 }
      const unread = new Set<string>()
      for (const part of listParts) {
        const lists = await Promise.all(parts.map((store) => listSizes(store, part, signal, unread)))
        const known = lists.filter((sizes) => sizes !== null)
        for (const key of new Set(known.flatMap((sizes) => [...sizes.keys()]))) {
          signal.throwIfAborted()
          report.checked++
          const sizes = known.map((list) => list.get(key))
          if (!isDeep && sizes.every((size) => size !== undefined && size === sizes[0])) continue
          const outcome = await mend(key, mayMend, signal).catch((error) => {
            signal.throwIfAborted()
            log.warn('blob.repair.later', { blob: key, error })
            report.later++
            return null
          })
          if (outcome === 'mended') report.mended++
          if (outcome === 'mended' || outcome === 'faulty') report.faulty++
          // Unless it was deleted while we looked: then no store has anything under that key.
          if (outcome === 'lost' && (await statAcross(parts, key, signal).catch(() => null))) report.lost.push(key)
        }
      }
      return { ...report, unread: [...unread] }
    },

    async close() {
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}

/** No blob's key: to hear whether a store answers. */
const nowhere = '0'.repeat(64)
/** For a reader that has met damage: as long as a client may be kept waiting for its error. */
const mendMs = 30_000

function isFulfilled(state: PromiseSettledResult<boolean> | undefined, value: boolean): boolean {
  return state?.status === 'fulfilled' && state.value === value
}
