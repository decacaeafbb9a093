// Reads a blob from several stores that may each have it, be without it, hold it damaged or be down: the first that has it begins, and
// where one breaks off the next goes on at that octet. What was handed out is hashed as one, whoever it came from.

import { createHash } from 'node:crypto'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobKey, BlobRange, BlobStore } from '#ports/blob-store.ts'

export interface NamedStore {
  readonly name: string
  readonly store: BlobStore
}

/** Absence only when every store is sure of it: one that is down may hold the only copy. */
export function verdict(key: BlobKey, errors: readonly unknown[]): Failure {
  const code = errors.every((error) => isFailure(error, 'notFound'))
    ? 'notFound'
    : errors.some((error) => isFailure(error, 'blobMissing'))
      ? 'blobMissing'
      : 'unavailable'
  return new Failure(code, { key }, new AggregateError(errors))
}

/** The first of the stores that has it. Throws `unavailable` when none has and one could not tell. */
export async function statAcross(
  stores: AsyncIterable<NamedStore> | Iterable<NamedStore>,
  key: BlobKey,
  signal: AbortSignal,
) {
  const errors: unknown[] = []
  for await (const { store } of stores) {
    const found = await store.stat(key, signal).catch((error) => {
      signal.throwIfAborted()
      errors.push(error)
      return null
    })
    if (found) return found
  }
  if (errors.length > 0) throw new Failure('unavailable', { key }, new AggregateError(errors))
  return null
}

export interface ReadAcrossDeps {
  readonly log: Log
  /** A copy was found damaged at its end, too late for this reader; awaited, so that the next one finds it mended. */
  readonly onDamage: (key: BlobKey) => Promise<void>
}

/** `stores` is asked for the next only where the one before did not do. */
export async function readAcross(
  { log, onDamage }: ReadAcrossDeps,
  stores: AsyncIterable<NamedStore> | Iterable<NamedStore>,
  key: BlobKey,
  options: { readonly range?: BlobRange; readonly signal: AbortSignal },
): Promise<AsyncIterable<Uint8Array>> {
  const { range, signal } = options
  const candidates = iterate(stores)
  const errors: unknown[] = []
  for (let next = await candidates.next(); !next.done; next = await candidates.next()) {
    const { name, store } = next.value
    try {
      const found = await store.stat(key, signal)
      if (found) return readOn(next.value, found.size)
      errors.push(new Failure('notFound', { key, store: name }))
    } catch (error) {
      signal.throwIfAborted()
      errors.push(error)
    }
  }
  throw verdict(key, errors)

  async function* readOn(first: NamedStore, size: number): AsyncGenerator<Uint8Array> {
    const hash = range ? null : createHash('sha256')
    const { start, end } = range ?? { start: 0, end: size }
    let at = start
    let isDone = false
    for (let current: NamedStore | null = first; current && !isDone; ) {
      const { name, store } = current
      try {
        // Whole where it can be: then the store itself compares the hash, and one made of others mends what differs.
        const rest = hash && at === 0 ? undefined : { start: at, end }
        for await (const chunk of await store.get(key, { range: rest, signal })) {
          hash?.update(chunk)
          at += chunk.length
          yield chunk
        }
        if (at < end) throw new Failure('blobMissing', { key, store: name, reason: 'short' })
        isDone = true
      } catch (error) {
        signal.throwIfAborted()
        errors.push(error)
        log.warn('blob.read.next', { blob: key, store: name, at, error })
        // Everything was handed out and cannot be taken back.
        if (at >= end && isFailure(error, 'blobMissing')) break
        const next = await candidates.next()
        current = next.done ? null : next.value
      }
    }
    if (isDone && (!hash || hash.digest('hex') === key)) return
    if (errors.some((error) => isFailure(error, 'blobMissing')) || isDone)
      await onDamage(key).catch((error) => log.error('blob.mend', { blob: key, error }))
    throw isDone ? new Failure('blobMissing', { key, reason: 'hash' }) : verdict(key, errors)
  }
}

async function* iterate<Value>(values: AsyncIterable<Value> | Iterable<Value>): AsyncGenerator<Value> {
  yield* values
}

const hexDigits = '0123456789abcdef'
/** The first two digits of every key: a listing of many stores is compared one such part at a time, and held in memory no longer. */
export const listParts: readonly string[] = [...hexDigits].flatMap((first) =>
  [...hexDigits].map((second) => first + second),
)

/** The parts that a prefix asks for. */
export function partsOfPrefix(prefix: string): readonly string[] {
  return prefix.length >= 2 ? [prefix] : listParts.filter((part) => part.startsWith(prefix))
}
