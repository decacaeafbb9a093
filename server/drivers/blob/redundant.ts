// A blob store made of others. A write goes to all at once and holds when `quorum` have the bytes; a read takes the first that answers
// and goes on with the next where one breaks off. `repairBlobs` brings what is missing or damaged back to full count.

import { createHash } from 'node:crypto'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobRange, BlobStore, StoredBlob } from '#ports/blob-store.ts'
import { fanOut } from './fan-out.ts'

export interface RedundantBlobStore extends BlobStore {
  /** Compares all stores; copies what one lacks or holds damaged from one that has it whole. */
  repair(signal: AbortSignal): Promise<RepairReport>
}

export interface RepairReport {
  readonly checked: number
  readonly mended: number
  /** Keys of which no whole copy was found. */
  readonly lost: readonly string[]
}

/** `quorum` 0 means all. */
export function openRedundantBlobStore(stores: readonly BlobStore[], quorum: number, log: Log): RedundantBlobStore {
  const needed = quorum === 0 ? stores.length : quorum
  if (stores.length === 0 || needed > stores.length) throw new Failure('badInput', { stores: stores.length, quorum })

  /** The last error when all failed: absence only when every store is sure of it, for one that is down may hold the only copy. */
  function verdict(key: string, errors: readonly unknown[]): Failure {
    const code = errors.every((error) => isFailure(error, 'notFound'))
      ? 'notFound'
      : errors.some((error) => isFailure(error, 'blobMissing'))
        ? 'blobMissing'
        : 'unavailable'
    return new Failure(code, { key }, new AggregateError(errors))
  }

  async function* readOn(
    key: string,
    range: BlobRange,
    firstStore: number,
    isWhole: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    // Hashed here over all that was handed out, whichever stores it came from: a rest read elsewhere is proven as well.
    const hash = isWhole ? createHash('sha256') : null
    const errors: unknown[] = []
    let at = range.start
    for (let index = firstStore; index < stores.length && at < range.end; index++) {
      try {
        for await (const chunk of await (stores[index] as BlobStore).get(key, {
          range: { start: at, end: range.end },
          signal,
        })) {
          hash?.update(chunk)
          at += chunk.length
          yield chunk
        }
      } catch (error) {
        signal.throwIfAborted()
        errors.push(error)
        log.warn('blob.read.next', { key, store: index, at })
      }
    }
    if (at < range.end) throw verdict(key, errors)
    if (hash && hash.digest('hex') !== key) throw new Failure('blobMissing', { key, reason: 'hash' })
  }

  /** True when that store's copy is whole: read to the end, hash compared. */
  async function isWhole(store: BlobStore, key: string, signal: AbortSignal): Promise<boolean> {
    try {
      for await (const _ of await store.get(key, { signal })) signal.throwIfAborted()
      return true
    } catch (error) {
      if (isFailure(error, 'notFound', 'blobMissing')) return false
      throw error
    }
  }

  async function mend(key: string, signal: AbortSignal): Promise<'whole' | 'mended' | 'lost'> {
    const states = await Promise.all(stores.map((store) => isWhole(store, key, signal)))
    const good = stores[states.indexOf(true)]
    if (!good) return 'lost'
    if (states.every(Boolean)) return 'whole'
    for (const [index, whole] of states.entries()) {
      if (!whole)
        await (stores[index] as BlobStore).put(await good.get(key, { signal }), {
          maxBytes: Number.MAX_SAFE_INTEGER,
          signal,
        })
    }
    log.info('blob.mended', { key })
    return 'mended'
  }

  return {
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
      if (errors.length > 0) log.warn('blob.degraded', { key: result.key, missing: errors.length })
      return result
    },

    async get(key, { range, signal }) {
      const errors: unknown[] = []
      for (const [index, store] of stores.entries()) {
        try {
          const found = await store.stat(key, signal)
          if (found) return readOn(key, range ?? { start: 0, end: found.size }, index, !range, signal)
          errors.push(new Failure('notFound', { key, store: index }))
        } catch (error) {
          errors.push(error)
        }
      }
      throw verdict(key, errors)
    },

    async stat(key, signal) {
      const errors: unknown[] = []
      for (const store of stores) {
        const found = await store.stat(key, signal).catch((error) => {
          errors.push(error)
          return null
        })
        if (found) return found
      }
      if (errors.length > 0) throw new Failure('unavailable', { key }, new AggregateError(errors))
      return null
    },

    async delete(key, signal) {
      const outcomes = await Promise.allSettled(stores.map((store) => store.delete(key, signal)))
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (errors.length > 0) throw new Failure('unavailable', { key }, new AggregateError(errors))
    },

    async *list(signal) {
      const seen = new Set<string>()
      const errors: unknown[] = []
      for (const store of stores) {
        try {
          for await (const blob of store.list(signal)) {
            if (seen.has(blob.key)) continue
            seen.add(blob.key)
            yield blob
          }
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length === stores.length) throw new Failure('unavailable', {}, new AggregateError(errors))
    },

    async repair(signal) {
      const report = { checked: 0, mended: 0, lost: [] as string[] }
      for await (const { key } of this.list(signal)) {
        report.checked++
        const outcome = await mend(key, signal).catch((error) => {
          log.warn('blob.repair.later', { key, error: String(error) })
          return null
        })
        if (outcome === 'mended') report.mended++
        if (outcome === 'lost') report.lost.push(key)
      }
      return report
    },

    async close() {
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}
