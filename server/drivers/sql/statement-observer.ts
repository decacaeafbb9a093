// Tells of each statement: to counters, and to the log when it was slow, with where it came from.

import type { Log } from '#core/log.ts'
import type { Origin } from './origin.ts'

export interface StatementObserverOptions {
  readonly slowStatementMs: number
  readonly log: Log
  /** Hears of every statement: for counters. */
  readonly onStatement?: (sql: string, ms: number) => void
}

export type StatementObserver = (sql: string, ms: number, origin: Origin, server: string) => void

export function openStatementObserver(options: StatementObserverOptions): StatementObserver {
  return (sql, ms, origin, server) => {
    options.onStatement?.(sql, ms)
    if (ms >= options.slowStatementMs)
      options.log.warn('sql.slow', { sql: sql.slice(0, 500), ms: Math.round(ms), origin: origin.text(), server })
  }
}
