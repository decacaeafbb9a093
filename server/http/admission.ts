// Whether this node takes another request now. It refuses before it lags: 503 and Retry-After cost nothing and say that nothing was
// done, so that the client tries again, by then perhaps on a node that has time.
//
// Two bounds: requests in flight, and the delay of the event loop, measured. By the second a share of what comes is refused, which
// grows while the loop is late and shrinks when it is not; all or nothing would swing between the two.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

export interface AdmissionOptions {
  /** 0: no bound. */
  readonly maxInFlight: number
  /** Median delay of the event loop; 0: no bound. */
  readonly maxLagMs: number
}

export interface Admission {
  /** Throws `overloaded`. */
  check(): void
  /** The same, and counts one in flight until the returned function is called. */
  enter(): () => void
  /** How many of `most` things one account may do at once: fewer while the event loop is late, for they all stand in the others' way. */
  width(most: number): number
  load(): { readonly inFlight: number; readonly lagMs: number; readonly refusedShare: number }
  close(): void
}

const windowMs = 250
/** Above the first the width is halved with each look, below the second it grows by one. */
const busyLagMs = 15
const easyLagMs = 5
const widest = 8
const resolutionMs = 10
const maxShare = 0.95

export function openAdmission(
  options: AdmissionOptions,
  deps: { readonly log: Log; readonly random?: () => number },
): Admission & { sample(lagMs: number): void } {
  const { log, random = Math.random } = deps
  const delay = options.maxLagMs > 0 ? monitorEventLoopDelay({ resolution: resolutionMs }) : null
  let inFlight = 0
  let lagMs = 0
  let share = 0
  let wide = widest
  delay?.enable()
  const timer =
    delay &&
    setInterval(() => {
      // What the histogram holds is the time between two ticks of the resolution: the delay is what goes beyond.
      sample(Math.max(0, delay.percentile(50) / 1e6 - resolutionMs))
      delay.reset()
    }, windowMs)
  timer?.unref()

  function sample(measuredMs: number): void {
    lagMs = Number.isFinite(measuredMs) ? measuredMs : 0
    if (lagMs > busyLagMs) wide = Math.max(1, Math.floor(wide / 2))
    else if (lagMs < easyLagMs) wide = Math.min(widest, wide + 1)
    const before = share
    if (lagMs > options.maxLagMs) share = Math.min(maxShare, share * 1.5 + 0.1)
    else share = share < 0.1 ? 0 : share - 0.1
    if (before === 0 && share > 0) log.warn('http.overloaded', { lagMs: Math.round(lagMs), inFlight })
    if (before > 0 && share === 0) log.info('http.atEase', { inFlight })
  }

  function refusal(reason: string): Failure {
    // Spread, so that what was refused together does not come back together.
    return new Failure('overloaded', {
      reason,
      inFlight,
      lagMs: Math.round(lagMs),
      retryAfterMs: 1_000 + 2_000 * random(),
    })
  }

  function check(): void {
    if (options.maxInFlight > 0 && inFlight >= options.maxInFlight) throw refusal('requests in flight')
    if (share > 0 && random() < share) throw refusal('event loop')
  }

  return {
    check,
    enter() {
      check()
      inFlight++
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        inFlight--
      }
    },
    width: (most) => Math.min(most, wide),
    load: () => ({ inFlight, lagMs, refusedShare: share }),
    sample,
    close() {
      delay?.disable()
      if (timer) clearInterval(timer)
    },
  }
}
