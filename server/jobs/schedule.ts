// Housekeeping for the whole cluster: each job runs on one node at a time, under a lease of its name. Nodes start their rounds at
// random moments, so that N nodes do not ask for the lease together. A job must be safe to run more often than asked.

import type { Log } from '#core/log.ts'
import type { Lock } from '#ports/lock.ts'

export interface Job {
  readonly name: string
  readonly everyMs: number
  /** Ends early when the signal aborts: the lease was lost, or the node stops. */
  run(signal: AbortSignal): Promise<void>
}

export interface Schedule {
  /** Waits for the runs under way, which are told to end. */
  close(): Promise<void>
}

const leaseMs = 30_000

export function startSchedule(
  deps: { readonly lock: Lock; readonly log: Log; readonly random?: () => number },
  jobs: readonly Job[],
): Schedule {
  const stop = new AbortController()
  const running = new Set<Promise<void>>()
  const timers = new Set<NodeJS.Timeout>()

  async function round(job: Job): Promise<void> {
    try {
      const lease = await deps.lock.tryAcquire(`job:${job.name}`, leaseMs)
      if (!lease) return
      try {
        await job.run(AbortSignal.any([stop.signal, lease.lost]))
      } finally {
        await lease.release()
      }
    } catch (error) {
      if (!stop.signal.aborted) deps.log.error('job.failed', { job: job.name, error })
    }
  }

  function plan(job: Job, delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const run = round(job).finally(() => {
        running.delete(run)
        if (!stop.signal.aborted) plan(job, job.everyMs)
      })
      running.add(run)
    }, delayMs)
    timer.unref()
    timers.add(timer)
  }

  for (const job of jobs) if (job.everyMs > 0) plan(job, job.everyMs * (deps.random ?? Math.random)())
  return {
    async close() {
      stop.abort()
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
