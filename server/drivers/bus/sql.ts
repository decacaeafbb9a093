// Changes told to all nodes through a SQL table: written once, read by every node that has a listener, each second. Listeners on
// the publishing node hear at once, without the table. An event lost is no harm: states find everything (ports/change-bus.ts).
// `at` is the table's own time, not a node's: a little later than what is there, so that a node whose clock is wrong hears and is heard.

import { randomUUID } from 'node:crypto'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { AccountChange, ChangeBus } from '#ports/change-bus.ts'
import { asReader, type Sql } from '#ports/sql.ts'
import type { AccountId } from '#shared/ids.ts'

interface BusTables {
  bus_event: { id: string; at: number; node: string; account: string; changed: string }
}

// A transaction commits after its time was taken: read again what is this young.
const overlapMs = 5_000
const keepMs = 60_000
const maxStepMs = 100

export interface SqlChangeBusDeps {
  readonly sql: Sql<BusTables>
  readonly clock: Clock
  readonly log: Log
  readonly pollMs: number
}

export function openSqlChangeBus(deps: SqlChangeBusDeps): ChangeBus {
  const node = randomUUID()
  const position = { position: null }
  const listeners = new Map<AccountId, Set<(change: AccountChange) => void>>()
  /** Events handed out already, with their time. */
  const seen = new Map<string, number>()
  /** The latest time read; null until the first reading. */
  let since: number | null = null
  let isClosed = false
  let polledAt = performance.now()
  let timer: NodeJS.Timeout | null = null
  let polling: Promise<void> = Promise.resolve()

  function deliver(change: AccountChange): void {
    for (const listener of listeners.get(change.account) ?? []) listener(change)
  }

  function tellMissed(): void {
    for (const account of [...listeners.keys()]) deliver({ account, changed: {}, missed: true })
  }

  async function poll(): Promise<void> {
    since ??= await latest(deps.sql.readFresh())
    const from = since - overlapMs
    const rows = await deps.sql
      .readFresh()
      .selectFrom('bus_event')
      .selectAll()
      .where('at', '>', from)
      .where('node', '!=', node)
      .orderBy('at')
      .execute()
    for (const row of rows) {
      since = Math.max(since, Number(row.at))
      if (seen.has(row.id)) continue
      seen.set(row.id, Number(row.at))
      deliver({ account: row.account, changed: JSON.parse(row.changed) })
    }
    const now = performance.now()
    // What was told meanwhile may have been deleted already.
    if (now - polledAt > keepMs / 2) tellMissed()
    polledAt = now
    for (const [id, at] of seen) if (at < from - overlapMs) seen.delete(id)
  }

  function start(): void {
    since = null
    polledAt = performance.now()
    timer = setInterval(() => {
      polling = polling.then(poll).catch((error) => deps.log.warn('bus.poll', { error: String(error) }))
    }, deps.pollMs)
    timer.unref()
  }

  function stop(): void {
    if (timer) clearInterval(timer)
    timer = null
  }

  return {
    async publish(change) {
      if (isClosed) return
      deliver(change)
      try {
        await deps.sql.write(position, async (tx) => {
          const at = next(await latest(asReader(tx)), deps.clock.now())
          await tx
            .insertInto('bus_event')
            .values({ id: randomUUID(), at, node, account: change.account, changed: JSON.stringify(change.changed) })
            .execute()
          await tx
            .deleteFrom('bus_event')
            .where('at', '<', at - keepMs)
            .execute()
        })
      } catch (error) {
        deps.log.warn('bus.publish', { account: change.account, error })
      }
    },
    subscribe(account, listener) {
      const mine = listeners.get(account) ?? new Set()
      mine.add(listener)
      listeners.set(account, mine)
      if (!timer) start()
      return () => {
        mine.delete(listener)
        if (mine.size === 0 && listeners.get(account) === mine) listeners.delete(account)
        if (listeners.size === 0) stop()
      }
    },
    async close() {
      isClosed = true
      stop()
      listeners.clear()
      await polling
    },
  }
}

/** After an idle hour, or told by a clock that is an hour fast, time still goes by a step: none who polls is left behind. */
function next(last: number, now: number): number {
  return last === 0 ? now : Math.min(Math.max(now, last + 1), last + maxStepMs)
}

async function latest(db: ReadonlyKysely<BusTables>): Promise<number> {
  const row = await db.selectFrom('bus_event').select('at').orderBy('at', 'desc').limit(1).executeTakeFirst()
  return Number(row?.at ?? 0)
}
