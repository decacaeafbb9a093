// A blob store that answers in time or says `unavailable`: what hangs (an NFS server that is gone, a database that was stopped) must not
// take its caller with it, and a store made of others has to be able to go on with the next. Only waiting for the store counts, never
// waiting for the source or the reader.

import { Failure } from '#core/errors.ts'
import { orLate } from '#core/or-late.ts'
import type { BlobStore } from '#ports/blob-store.ts'

/** Rejects with `unavailable` after `ms`; `onLate` lets go of what is being waited for. */
export const inTime = <Result>(work: Promise<Result>, ms: number, onLate: () => void): Promise<Result> =>
  orLate(work, ms, () => {
    onLate()
    throw new Failure('unavailable', { reason: 'no answer', waitedMs: ms })
  })

/** `source` with a limit on each wait for its next value. */
export async function* eachInTime<Value>(
  source: AsyncIterable<Value>,
  ms: number,
  onLate: () => void,
): AsyncGenerator<Value> {
  const iterator = source[Symbol.asyncIterator]()
  let isDone = false
  try {
    for (;;) {
      const next = await inTime(iterator.next(), ms, () => {
        isDone = true
        onLate()
        // Waits for the same answer, so nobody waits for it; but when the answer comes, what was opened is closed. A file left to the
        // garbage collector ends the process (Node 25 and later).
        void iterator.return?.().catch(() => {})
      })
      if (next.done) {
        isDone = true
        return
      }
      yield next.value
    }
  } finally {
    if (!isDone) await iterator.return?.()
  }
}

export function withTimeLimit(store: BlobStore, ms: number): BlobStore {
  const limited = <Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    const late = new AbortController()
    return inTime(work(AbortSignal.any([signal, late.signal])), ms, () => late.abort())
  }
  return {
    async put(source, { maxBytes, signal }) {
      const late = new AbortController()
      const gaveUp = Promise.withResolvers<never>()
      gaveUp.promise.catch(() => {})
      let timer: NodeJS.Timeout | undefined
      const wait = () => {
        timer = setTimeout(() => {
          late.abort()
          gaveUp.reject(new Failure('unavailable', { reason: 'no answer', waitedMs: ms }))
        }, ms)
      }
      // The store has the floor from each chunk until it asks for the next, and from the last until it is done.
      async function* watched() {
        late.signal.throwIfAborted()
        clearTimeout(timer)
        for await (const chunk of source) {
          wait()
          yield chunk
          clearTimeout(timer)
          // It was given up: it gets no more, and can make nothing whole of what it has.
          late.signal.throwIfAborted()
        }
        wait()
      }
      wait()
      try {
        const work = store.put(watched(), { maxBytes, signal: AbortSignal.any([signal, late.signal]) })
        return await Promise.race([work, gaveUp.promise])
      } finally {
        clearTimeout(timer)
      }
    },

    async get(key, { range, signal }) {
      const late = new AbortController()
      const options = { range, signal: AbortSignal.any([signal, late.signal]) }
      const onLate = () => late.abort()
      return eachInTime(await inTime(store.get(key, options), ms, onLate), ms, onLate)
    },

    stat: (key, signal) => limited(signal, (inner) => store.stat(key, inner)),
    delete: (key, signal) => limited(signal, (inner) => store.delete(key, inner)),
    list(signal, prefix) {
      const late = new AbortController()
      return eachInTime(store.list(AbortSignal.any([signal, late.signal]), prefix), ms, () => late.abort())
    },
    tidy: (before, signal) => store.tidy(before, signal),
    close: () => store.close(),
  }
}
