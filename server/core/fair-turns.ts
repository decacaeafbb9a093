// Turns at what all accounts share on one node. Everybody gets one as long as there are enough; when there are not, accounts take
// theirs one after the other, whoever has a thousand things to do like whoever has one. Pure, and knows no time.

import { Failure } from './errors.ts'

export interface FairTurns {
  /** Resolves with the way to give the turn back. Throws `canceled` when the signal aborts first. */
  take(account: string, signal: AbortSignal): Promise<() => void>
  /** Of all accounts. */
  running(): number
  waiting(): number
}

export interface FairTurnsOptions {
  readonly maxRunning: number
  /** Asked anew each time: narrower while the node is busy. */
  readonly maxRunningPerAccount: () => number
}

interface Waiter {
  readonly start: () => void
}

export function openFairTurns({ maxRunning, maxRunningPerAccount }: FairTurnsOptions): FairTurns {
  const runningOf = new Map<string, number>()
  /** Waiters by account, in the order of their accounts' next turns; no account without a waiter is in it. */
  const queues = new Map<string, Set<Waiter>>()
  let running = 0
  let waiting = 0

  const mayStart = (account: string) => running < maxRunning && (runningOf.get(account) ?? 0) < maxRunningPerAccount()

  function begin(account: string): void {
    running++
    runningOf.set(account, (runningOf.get(account) ?? 0) + 1)
  }

  function end(account: string): void {
    running--
    const left = (runningOf.get(account) ?? 1) - 1
    if (left > 0) runningOf.set(account, left)
    else runningOf.delete(account)
    startNext()
  }

  function startNext(): void {
    for (const [account, queue] of queues) {
      if (running >= maxRunning) return
      if (!mayStart(account)) continue
      const [next] = queue
      if (!next) continue
      leave(account, queue, next)
      // To the end of the round.
      if (queue.size > 0) {
        queues.delete(account)
        queues.set(account, queue)
      }
      begin(account)
      next.start()
    }
  }

  function leave(account: string, queue: Set<Waiter>, waiter: Waiter): void {
    if (!queue.delete(waiter)) return
    waiting--
    if (queue.size === 0) queues.delete(account)
  }

  function turn(account: string): () => void {
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      end(account)
    }
  }

  return {
    async take(account, signal) {
      if (signal.aborted) throw new Failure('canceled')
      const queue = queues.get(account)
      if (!queue && mayStart(account)) {
        begin(account)
        return turn(account)
      }
      return new Promise((resolve, reject) => {
        const mine = queue ?? new Set<Waiter>()
        const waiter: Waiter = {
          start() {
            signal.removeEventListener('abort', giveUp)
            resolve(turn(account))
          },
        }
        const giveUp = () => {
          leave(account, mine, waiter)
          reject(new Failure('canceled'))
        }
        signal.addEventListener('abort', giveUp, { once: true })
        mine.add(waiter)
        queues.set(account, mine)
        waiting++
      })
    },
    running: () => running,
    waiting: () => waiting,
  }
}
