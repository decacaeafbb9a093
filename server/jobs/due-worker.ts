// A worker at what has its time in the database: does what is due, then sleeps until the next is, until it is woken, or for `pollMs`, after
// which it looks for what other nodes took in and did not live to do. Any number of nodes may run one.

import { type Clock, systemClock } from '#core/clock.ts'
import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

export interface DueWorker {
  /** Something is due at `at`, ms. */
  wake(at: number): void
  /** Takes nothing further, and waits for what is under way: at most `graceMs`, then breaks it off where that is safe. */
  close(graceMs: number): Promise<void>
}

export interface DueWorkerDeps {
  /** The log's name for what fails. */
  readonly name: string
  /** Does what is due; resolves to when there will be something to do, ms, or null. */
  readonly work: (signal: AbortSignal) => Promise<number | null>
  readonly log: Log
  readonly pollMs: number
  /** The one by which things are due. */
  readonly clock?: Clock
}

export function startDueWorker({ name, work, log, pollMs, clock = systemClock }: DueWorkerDeps): DueWorker {
  const stop = new AbortController()
  let isClosing = false
  /** The earliest time that somebody told us of since the last look. */
  let told = Number.POSITIVE_INFINITY
  let rouse = () => {}

  async function sleepUntil(at: number): Promise<void> {
    const ms = Math.max(0, Math.min(at - clock.now(), pollMs))
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      let next = clock.now() + pollMs
      try {
        told = Number.POSITIVE_INFINITY
        next = (await work(stop.signal)) ?? next
      } catch (error) {
        const failure = toFailure(error)
        log.error(name, { code: failure.code, detail: failure.detail, cause: failure.cause })
        next = clock.now() + pollMs
      }
      // What is due and could not be claimed is another node's: no spinning on it.
      if (!isClosing) await sleepUntil(Math.max(Math.min(next, told), clock.now() + 50))
    }
  }
  const running = run()

  return {
    wake(at) {
      if (at >= told) return
      told = at
      // Sleeping anew for a shorter time, or not at all.
      rouse()
    },
    async close(graceMs) {
      isClosing = true
      rouse()
      const timer = setTimeout(() => stop.abort(), graceMs)
      await running
      clearTimeout(timer)
    },
  }
}
