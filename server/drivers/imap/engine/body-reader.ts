// A body on its way from the socket to one reader: a sink on one side, an async iterable on the other, little in between.

import type { Failure } from '#core/errors.ts'
import type { LiteralSink } from './types.ts'

/** Held before the connection is told to wait; and how low it must fall before it may go on. */
const HIGH_BYTES = 256 * 1024
const LOW_BYTES = 64 * 1024

export class BodyReader implements LiteralSink, AsyncIterable<Buffer> {
  readonly #size: number
  readonly #onLeft: (unread: number) => void
  #chunks: Buffer[] = []
  #held = 0
  #received = 0
  #state: 'open' | 'ended' | 'left' = 'open'
  #failure: Failure | null = null
  #resume: (() => void) | null = null
  #isStalled = false
  #wake: (() => void) | null = null

  /** `onLeft`: the reader went away with so many octets still to come. */
  constructor(size: number, onLeft: (unread: number) => void) {
    this.#size = size
    this.#onLeft = onLeft
  }

  write(chunk: Buffer): boolean {
    this.#received += chunk.length
    if (this.#state === 'left' || this.#failure) return true
    this.#chunks.push(chunk)
    this.#held += chunk.length
    this.#wakeUp()
    this.#isStalled = this.#held > HIGH_BYTES
    return !this.#isStalled
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended'
    this.#wakeUp()
  }

  fail(failure: Failure): void {
    if (this.#state !== 'open') return
    this.#failure ??= failure
    this.#goOn()
    this.#wakeUp()
  }

  onDrain(resume: () => void): void {
    this.#resume = resume
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift()
        if (chunk) {
          this.#held -= chunk.length
          if (this.#held < LOW_BYTES) this.#goOn()
          yield chunk
          continue
        }
        if (this.#failure) throw this.#failure
        if (this.#state === 'ended') return
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.leave()
    }
  }

  /** No more is wanted. */
  leave(): void {
    if (this.#state !== 'open') return
    this.#state = 'left'
    this.#chunks = []
    this.#held = 0
    this.#onLeft(this.#size - this.#received)
    this.#goOn()
  }

  #goOn(): void {
    if (!this.#isStalled) return
    this.#isStalled = false
    this.#resume?.()
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}
