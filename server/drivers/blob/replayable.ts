// A source that can be read from its beginning again as long as little of it has gone by: who takes it may fail at once, and the next
// one shall have it whole.

export interface Replayable {
  /** From the beginning. One reader at a time: a reader that was given up and wakes later gets an error, and takes nothing away. */
  start(): AsyncIterable<Uint8Array>
  /** False when more has gone by than is held. */
  mayStart(): boolean
  /** Lets go of the source, used up or not. */
  close(): void
}

const heldMaxBytes = 1024 * 1024

export function replayable(source: AsyncIterable<Uint8Array>): Replayable {
  const iterator = source[Symbol.asyncIterator]()
  let held: Uint8Array[] | null = []
  let heldBytes = 0
  let isEnded = false
  let reader = 0
  return {
    mayStart: () => held !== null,
    async *start() {
      if (!held) throw new Error('too much of the source has gone by')
      const own = ++reader
      yield* [...held]
      while (!isEnded) {
        if (own !== reader) throw new Error('the source is read by another')
        const next = await iterator.next()
        if (next.done) {
          isEnded = true
          return
        }
        heldBytes += next.value.length
        if (heldBytes > heldMaxBytes) held = null
        held?.push(next.value)
        yield next.value
      }
    },
    close() {
      // Not awaited: a source that hangs would answer only when it goes on.
      iterator.return?.()?.catch(() => {})
    },
  }
}
