// The named checks behind /readyz, run in the background: a probe costs nothing, and a store that hangs shows as failed when its
// time is over, while the question that hangs is not asked a second time beside the first.
//
// A failing check takes a node out only when another node would do better. What fails on every node (the database is down) would
// else take all of them out at once, and people would see the balancer's empty page in place of ours, which knows what is the matter.

import { type ErrorCode, isFailure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

/** Throws when its part is not ready. */
export type ReadyCheck = (signal: AbortSignal) => Promise<void>

export interface HealthCheck {
  readonly run: ReadyCheck
  /** `whereOthersDoBetter`: only while another node passes it (a mail server that is down is down for every node, a path to it is not). */
  readonly isFatal: boolean | 'whereOthersDoBetter'
  readonly everyMs?: number
}

/** Of the other nodes that take requests: somebody passes the check, nobody does, or nobody could be asked. */
export type OthersDo = 'better' | 'alike' | 'unknown'

export interface CheckReport {
  /** `failedEverywhere`: no other node that can be asked does better, so that it does not count. */
  readonly status: 'ok' | 'failed' | 'failedEverywhere'
  readonly isFatal: boolean
  /** What the last answer took; of a check under way that is late, how long it has taken so far. */
  readonly ms: number
  readonly code: ErrorCode | null
  /** ms; when it came to be as it is. */
  readonly since: number
}

export interface HealthMonitor {
  start(): void
  stop(): void
  /** Waits for the first answers only. */
  report(): Promise<Readonly<Record<string, CheckReport>>>
}

export interface HealthMonitorDeps {
  readonly checks: Readonly<Record<string, ReadyCheck | HealthCheck>>
  /** Absent: there is no other node. */
  readonly othersDo?: ((check: string, signal: AbortSignal) => Promise<OthersDo>) | undefined
  readonly log: Log
  readonly timeoutMs?: number
  readonly everyMs?: number
}

export function openHealthMonitor(deps: HealthMonitorDeps): HealthMonitor {
  const { log, timeoutMs = 2_000, everyMs = 1_000 } = deps
  const watches = new Map(
    Object.entries(deps.checks).map(([name, given]) => {
      const check: HealthCheck = typeof given === 'function' ? { run: given, isFatal: true } : given
      return [name, watch(name, check)] as const
    }),
  )
  let isRunning = false

  function watch(name: string, check: HealthCheck) {
    let timer: NodeJS.Timeout | undefined
    let last: CheckReport | null = null
    const first = Promise.withResolvers<void>()

    function note(status: CheckReport['status'], ms: number, error: unknown): void {
      const code = error === null ? null : codeOf(error)
      if (last?.status !== status) {
        const fields = { check: name, status, code, ms, error: error ?? undefined }
        if (status === 'ok') log.info('health.changed', fields)
        else log.warn('health.changed', fields)
      }
      last = {
        status,
        isFatal: check.isFatal !== false,
        ms,
        code,
        since: last && last.status === status ? last.since : Date.now(),
      }
      first.resolve()
    }

    async function look(): Promise<void> {
      const startedAt = performance.now()
      const elapsedMs = () => Math.round(performance.now() - startedAt)
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = Promise.resolve()
        .then(() => check.run(signal))
        .then(
          () => null,
          (error: unknown) => error ?? new Error('no reason given'),
        )
      const late = new Promise<unknown>((resolve) => {
        signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
      })
      const error = await Promise.race([answer, late])
      const status = error === null ? 'ok' : await blame(error)
      note(status, elapsedMs(), error)
      // The one that hangs is waited for, not joined by another.
      if (error !== null && signal.aborted) {
        const telling = setInterval(() => note(status, elapsedMs(), error), everyMs)
        await answer
        clearInterval(telling)
      }
    }

    async function blame(error: unknown): Promise<'failed' | 'failedEverywhere'> {
      const others = await askOthers(error)
      if (check.isFatal === 'whereOthersDoBetter') return others === 'better' ? 'failed' : 'failedEverywhere'
      return check.isFatal && others === 'alike' ? 'failedEverywhere' : 'failed'
    }

    async function askOthers(error: unknown): Promise<OthersDo> {
      if (!check.isFatal || !deps.othersDo) return 'unknown'
      try {
        return await deps.othersDo(name, AbortSignal.timeout(timeoutMs))
      } catch (cause) {
        log.warn('health.peers', { check: name, error, cause })
        return 'unknown'
      }
    }

    function plan(delayMs: number): void {
      timer = setTimeout(() => {
        void look().finally(() => {
          if (isRunning) plan((check.everyMs ?? everyMs) * (0.9 + 0.2 * Math.random()))
        })
      }, delayMs)
      timer.unref()
    }

    return {
      plan,
      stop: () => clearTimeout(timer),
      first: first.promise,
      report: () => last as unknown as CheckReport,
    }
  }

  return {
    start() {
      isRunning = true
      for (const { plan } of watches.values()) plan(0)
    },
    stop() {
      isRunning = false
      for (const { stop } of watches.values()) stop()
    },
    async report() {
      await Promise.all([...watches.values()].map(({ first }) => first))
      return Object.fromEntries([...watches].map(([name, { report }]) => [name, report()]))
    },
  }
}

function codeOf(error: unknown): ErrorCode {
  if (isFailure(error)) return error.code
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : toFailure(error).code
}
