// One source read once, handed to several readers in step: the slowest sets the pace, so no more than one chunk is held. A reader
// that stops early is left out; an error of the source reaches every reader.

import { Failure } from '#core/errors.ts'

interface Branch {
  /** Resolves a reader that waits for the next chunk. */
  deliver: ((result: IteratorResult<Uint8Array>) => void) | null
  fail: ((error: unknown) => void) | null
  /** Called when the reader asks again: it is done with the chunk before. */
  asked: (() => void) | null
  isClosed: boolean
  error: unknown
  isEnded: boolean
}

export interface FanOut {
  readonly branches: readonly AsyncIterable<Uint8Array>[]
  /**
   * Leaves a reader out that will not read (on): it failed before its first chunk, say, or was given up. Should it ask all the same, when
   * it wakes, it hears `unavailable`: neither an end that is none, nor silence for ever.
   */
  readonly leaveOut: (index: number) => void
  readonly pump: Promise<void>
}

/** `pump` resolves when the source is used up or failed and every reader has been told. It never rejects. */
export function fanOut(source: AsyncIterable<Uint8Array>, count: number): FanOut {
  const branches: Branch[] = Array.from({ length: count }, () => ({
    deliver: null,
    fail: null,
    asked: null,
    isClosed: false,
    error: undefined,
    isEnded: false,
  }))

  const ready = (branch: Branch): Promise<void> =>
    branch.isClosed || branch.deliver
      ? Promise.resolve()
      : new Promise((resolve) => {
          branch.asked = resolve
        })

  function settle(branch: Branch, result: IteratorResult<Uint8Array>): void {
    const { deliver } = branch
    branch.deliver = branch.fail = null
    deliver?.(result)
  }

  function close(branch: Branch): void {
    branch.isClosed = true
    branch.asked?.()
    branch.asked = null
  }

  function fail(branch: Branch, error: unknown): void {
    if (branch.isEnded) return
    branch.error = error
    branch.isEnded = true
    const waiting = branch.fail
    branch.deliver = branch.fail = null
    waiting?.(error)
  }

  function leaveOut(index: number): void {
    const branch = branches[index] as Branch
    close(branch)
    fail(branch, new Failure('unavailable', { reason: 'left out' }))
  }

  async function pump(): Promise<void> {
    const open = () => branches.filter(({ isClosed }) => !isClosed)
    try {
      for await (const chunk of source) {
        await Promise.all(open().map(ready))
        const readers = open()
        if (readers.length === 0) return
        for (const branch of readers) settle(branch, { done: false, value: chunk })
      }
      for (const branch of branches) {
        branch.isEnded = true
        settle(branch, { done: true, value: undefined })
      }
    } catch (error) {
      for (const branch of branches) fail(branch, error)
    }
  }

  const iterables = branches.map((branch) => ({
    [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (branch.isEnded) {
              if (branch.error === undefined) resolve({ done: true, value: undefined })
              else reject(branch.error)
              return
            }
            branch.deliver = resolve
            branch.fail = reject
            branch.asked?.()
            branch.asked = null
          }),
        async return() {
          close(branch)
          return { done: true, value: undefined }
        },
      }
    },
  }))
  return { branches: iterables, leaveOut, pump: pump() }
}
