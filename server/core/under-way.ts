// What is under way on this node, by name, and who waits for some of it to end. Pure, and knows no time.

import { Failure } from './errors.ts'

export interface UnderWay {
  /** Counts one more under way; the returned function ends it, once. */
  enter(name: string): () => void
  /** True when something of that name has ended; false at once when nothing is under way. Throws `canceled` when the signal aborts. */
  someEnd(name: string, signal: AbortSignal): Promise<boolean>
}

export function openUnderWay(): UnderWay {
  const counts = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()

  function end(name: string): void {
    const left = (counts.get(name) ?? 1) - 1
    if (left > 0) counts.set(name, left)
    else counts.delete(name)
    const waiters = waiting.get(name)
    if (!waiters) return
    // One for one that ended, the longest waiting first; with the last of them all, since nothing will wake them any more.
    for (const wake of left > 0 ? [...waiters].slice(0, 1) : [...waiters]) wake()
  }

  return {
    enter(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      let hasEnded = false
      return () => {
        if (hasEnded) return
        hasEnded = true
        end(name)
      }
    },

    async someEnd(name, signal) {
      if (signal.aborted) throw new Failure('canceled')
      if (!counts.has(name)) return false
      const waiters = waiting.get(name) ?? new Set()
      waiting.set(name, waiters)
      return new Promise((resolve, reject) => {
        const leave = () => {
          signal.removeEventListener('abort', giveUp)
          waiters.delete(wake)
          if (waiters.size === 0 && waiting.get(name) === waiters) waiting.delete(name)
        }
        const wake = () => {
          leave()
          resolve(true)
        }
        const giveUp = () => {
          leave()
          reject(new Failure('canceled'))
        }
        waiters.add(wake)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
