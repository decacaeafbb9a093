// This node's worker at the outbox: runs what is due, then sleeps until the next is, until it is woken, or for `pollMs`, after
// which it looks for what other nodes took in and did not live to send. Any number of nodes may run one.

import { type Clock, systemClock } from '#core/clock.ts'
import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Submissions } from '#domain/submission/index.ts'

export interface OutboxWorker {
  /** Something is due at `at`, ms. */
  wake(at: number): void
  /** Takes no further message, and waits for those under way: at most `graceMs`, then breaks them off where that is safe. */
  close(graceMs: number): Promise<void>
}

export interface OutboxWorkerDeps {
  readonly submissions: Pick<Submissions, 'deliverDue' | 'nextDue' | 'sendScouts'>
  readonly log: Log
  readonly pollMs: number
  /** The one by which submissions are due. */
  readonly clock?: Clock
}

export function startOutboxWorker({ submissions, log, pollMs, clock = systemClock }: OutboxWorkerDeps): OutboxWorker {
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
        const scoutAt = await submissions.sendScouts()
        await submissions.deliverDue(stop.signal)
        next = Math.min((await submissions.nextDue()) ?? next, scoutAt ?? next)
      } catch (error) {
        const failure = toFailure(error)
        log.error('outbox.worker', { code: failure.code, detail: failure.detail, cause: failure.cause })
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
