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
  /** Called once, with what makes the check look at once: for what hears of trouble by itself. */
  readonly onStart?: (look: () => void) => void
}

/** Of the other nodes that take requests: somebody passes the check, nobody does, or nobody could be asked. */
export type OthersDo = 'better' | 'alike' | 'unknown'

export interface CheckReport {
  /** `failedEverywhere`: no other node that can be asked does better, so that it does not count. */
  readonly status: 'ok' | 'failed' | 'failedEverywhere'
  readonly isFatal: boolean
  /** Another node that takes requests passes it. */
  readonly isBetterElsewhere: boolean
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
  /** Whether the check passes, by a look of this moment: for another node, which must not take an older one's word. */
  passes(check: string): Promise<boolean>
  /** Fails at something that another node does better: whoever comes is to go there. */
  isWorse(): boolean
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
    /** The look under way, or the last one: its error, null when it was well. */
    let looking: Promise<unknown> | null = null
    let lookedAt = Number.NEGATIVE_INFINITY
    let isLooking = false
    const first = Promise.withResolvers<void>()

    function note({ status, others }: Verdict, ms: number, error: unknown): void {
      const code = error === null ? null : codeOf(error)
      if (last?.status !== status) {
        const fields = { check: name, status, code, ms, error: error ?? undefined }
        if (status === 'ok') log.info('health.changed', fields)
        else log.warn('health.changed', fields)
      }
      last = {
        status,
        isFatal: check.isFatal !== false,
        isBetterElsewhere: status === 'failed' && others === 'better',
        ms,
        code,
        since: last && last.status === status ? last.since : Date.now(),
      }
      first.resolve()
    }

    async function look(): Promise<void> {
      const startedAt = performance.now()
      lookedAt = startedAt
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
      looking = Promise.race([answer, late])
      const error = await looking
      const verdict: Verdict = error === null ? { status: 'ok', others: 'unknown' } : await blame(error)
      note(verdict, elapsedMs(), error)
      // The one that hangs is waited for, not joined by another.
      if (error !== null && signal.aborted) {
        const telling = setInterval(() => note(verdict, elapsedMs(), error), everyMs)
        await answer
        clearInterval(telling)
      }
    }

    async function blame(error: unknown): Promise<Verdict> {
      const others = await askOthers(error)
      const isOurs =
        check.isFatal === 'whereOthersDoBetter' ? others === 'better' : !check.isFatal || others !== 'alike'
      return { status: isOurs ? 'failed' : 'failedEverywhere', others }
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
      clearTimeout(timer)
      timer = setTimeout(begin, delayMs)
      timer.unref()
    }

    function begin(): void {
      if (isLooking || !isRunning) return
      clearTimeout(timer)
      isLooking = true
      void look().finally(() => {
        isLooking = false
        // What fails is looked at more often: it may be well again, or be found to fail everywhere.
        const pauseMs = last?.status === 'ok' ? (check.everyMs ?? everyMs) : everyMs
        if (isRunning) plan(pauseMs * (0.9 + 0.2 * Math.random()))
      })
    }

    async function passesNow(): Promise<boolean> {
      // However many ask, once in `everyMs`.
      if (performance.now() - lookedAt > everyMs) begin()
      return looking !== null && (await looking) === null
    }

    return {
      start() {
        plan(0)
        check.onStart?.(begin)
      },
      stop: () => clearTimeout(timer),
      passesNow,
      first: first.promise,
      report: () => last as unknown as CheckReport,
      isWorse: () => last?.isFatal === true && last.isBetterElsewhere,
    }
  }

  return {
    start() {
      isRunning = true
      for (const { start } of watches.values()) start()
    },
    stop() {
      isRunning = false
      for (const { stop } of watches.values()) stop()
    },
    async report() {
      await Promise.all([...watches.values()].map(({ first }) => first))
      return Object.fromEntries([...watches].map(([name, { report }]) => [name, report()]))
    },
    passes: async (name) => (await watches.get(name)?.passesNow()) ?? false,
    isWorse: () => [...watches.values()].some(({ isWorse }) => isWorse()),
  }
}

interface Verdict {
  readonly status: CheckReport['status']
  readonly others: OthersDo
}

function codeOf(error: unknown): ErrorCode {
  if (isFailure(error)) return error.code
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : toFailure(error).code
}
