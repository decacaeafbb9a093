// The figures of a scenario, from the journal: pure.

import type { ActionEntry, Entry } from '../load/journal.ts'

export interface Figures {
  readonly actions: number
  readonly failed: number
  /** Failures by action and reason, the most frequent first. */
  readonly failures: readonly string[]
  /** Drafts, sends, flags, settings and uploads that people may rely on from here on. */
  readonly acknowledged: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly slowestMs: number
  readonly slowest: string
  readonly loggedOut: number
  readonly streamsBroken: number
  /** Longest time without an answer to a question asked again and again. */
  readonly readAwayMs: number
  readonly writeAwayMs: number
  /** By second from the start: done, failed, longer than 3 s. */
  readonly seconds: readonly (readonly [done: number, failed: number, slow: number])[]
}

export interface Aims {
  /** No action of a person fails, after the client's own retries. */
  readonly noneFails?: boolean
  readonly slowestMs?: number
  /** Reading and writing are back within this long of the fault. */
  readonly awayMs?: number
}

export const slowMs = 3000

/** Of what happened between two moments; an action belongs to where it began. */
export function figuresOf(entries: readonly Entry[], fromMs: number, toMs: number): Figures {
  const within = entries.filter(({ at }) => at >= fromMs && at <= toMs)
  const isProbe = ({ action }: ActionEntry) => action.startsWith('probe')
  const actions = within.filter((entry): entry is ActionEntry => entry.type === 'action')
  const done = actions.filter((entry) => !isProbe(entry) && entry.outcome === 'done')
  const failed = actions.filter((entry) => !isProbe(entry) && entry.outcome === 'failed')
  const times = done.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const slowest = [...done, ...failed].reduce<ActionEntry | undefined>(
    (worst, one) => (worst && worst.ms >= one.ms ? worst : one),
    undefined,
  )
  const events = (name: string) => within.filter((entry) => entry.type === 'event' && entry.event === name).length
  const away = (action: string) =>
    longestGap(
      actions.filter((entry) => entry.action === action && entry.outcome === 'done'),
      fromMs,
      toMs,
    )
  return {
    actions: done.length + failed.length,
    failed: failed.length,
    failures: tally(failed.map(({ action, error = '' }) => `${action}: ${error}`)),
    acknowledged: done.filter(({ wish }) => wish !== undefined).length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: slowest?.ms ?? 0,
    slowest: slowest?.action ?? '',
    loggedOut: events('loggedOut'),
    streamsBroken: events('streamBroken'),
    readAwayMs: away('probeRead'),
    writeAwayMs: away('probeWrite'),
    seconds: bySecond([...done, ...failed], fromMs, toMs),
  }
}

/** From answer to answer; the ends of the time count as well, so that a service that never comes back is seen. */
function longestGap(answers: readonly ActionEntry[], fromMs: number, toMs: number): number {
  const moments = answers.map(({ at, ms }) => at + ms).sort((a, b) => a - b)
  let longest = 0
  let last = fromMs
  for (const moment of [...moments, toMs]) {
    longest = Math.max(longest, moment - last)
    last = Math.max(last, moment)
  }
  return longest
}

function tally(reasons: readonly string[]): string[] {
  const counts = [...Map.groupBy(reasons, (reason) => reason)].map(([reason, list]) => [reason, list.length] as const)
  return counts
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10)
    .map(([reason, count]) => `${count} × ${reason}`)
}

function bySecond(actions: readonly ActionEntry[], fromMs: number, toMs: number): Figures['seconds'] {
  const seconds: [number, number, number][] = Array.from({ length: Math.ceil((toMs - fromMs) / 1000) }, () => [0, 0, 0])
  for (const { at, ms, outcome } of actions) {
    const second = seconds[Math.floor((at - fromMs) / 1000)]
    if (!second) continue
    second[outcome === 'done' ? 0 : 1]++
    if (ms > slowMs) second[2]++
  }
  return seconds
}

/** Aims that were missed, in words. */
export function missedAims(figures: Figures, aims: Aims): string[] {
  const missed: string[] = []
  if (figures.loggedOut > 0) missed.push(`${figures.loggedOut} times somebody was logged out`)
  if (aims.noneFails && figures.failed > 0) missed.push(`${figures.failed} actions failed`)
  if (aims.slowestMs !== undefined && figures.slowestMs > aims.slowestMs)
    missed.push(`the slowest action (${figures.slowest}) took ${figures.slowestMs} ms, more than ${aims.slowestMs}`)
  for (const [what, ms] of [
    ['reading', figures.readAwayMs],
    ['writing', figures.writeAwayMs],
  ] as const) {
    if (aims.awayMs !== undefined && ms > aims.awayMs)
      missed.push(`${what} was away for ${ms} ms, more than ${aims.awayMs}`)
  }
  return missed
}
