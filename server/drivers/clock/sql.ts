// The database's clock, which is one for all nodes: leases, undo windows and lifetimes compare times that different nodes wrote. Between
// two looks the node's own monotonic clock carries it on, so that a node whose calendar is wrong, or is set, is as right as the others.

import { type Kysely, MysqlAdapter, PostgresAdapter, sql } from 'kysely'
import { type Clock, systemClock } from '#core/clock.ts'
import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Sql } from '#ports/sql.ts'

export interface SqlClock extends Clock {
  /** Until then it is the node's own. Throws what the database throws, so that nobody starts on a wrong clock. */
  follow(database: Pick<Sql<unknown>, 'readFresh'>): Promise<void>
  close(): void
}

const lookMs = 10_000
/** An answer that took longer says too little about now. */
const maxTripMs = 1_000
const noticedMs = 2_000

export function openSqlClock(deps: { readonly log: Log; readonly everyMs?: number }): SqlClock {
  const { log, everyMs = lookMs } = deps
  /** Of the database, at performance.now() = 0. */
  let base: number | null = null
  let timer: NodeJS.Timeout | undefined

  async function look(database: Pick<Sql<unknown>, 'readFresh'>): Promise<void> {
    const before = performance.now()
    const now = await readNow(database.readFresh() as unknown as Kysely<unknown>)
    const tripMs = performance.now() - before
    if (base !== null && tripMs > maxTripMs) return
    const isFirst = base === null
    base = now - (before + tripMs / 2)
    const offsetMs = Math.round(Date.now() - (base + performance.now()))
    if (isFirst && Math.abs(offsetMs) > noticedMs) log.warn('clock.offset', { offsetMs })
  }

  return {
    now: () => (base === null ? systemClock.now() : Math.round(base + performance.now())),
    async follow(database) {
      await look(database)
      timer = setInterval(() => {
        look(database).catch((error: unknown) => log.warn('clock.look', { code: toFailure(error).code }))
      }, everyMs)
      timer.unref()
    },
    close: () => clearInterval(timer),
  }
}

/** Milliseconds since 1970 by the server that answers. */
async function readNow(db: Kysely<unknown>): Promise<number> {
  const { adapter } = db.getExecutor()
  const expression =
    adapter instanceof PostgresAdapter
      ? sql<number>`extract(epoch from clock_timestamp()) * 1000`
      : adapter instanceof MysqlAdapter
        ? sql<number>`unix_timestamp(sysdate(3)) * 1000`
        : sql<number>`unixepoch('subsec') * 1000`
  const { rows } = await sql<{ now: number | string }>`select ${expression} as now`.execute(db)
  return Number(rows[0]?.now)
}
