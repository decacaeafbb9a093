// Changes told to all nodes through a SQL table: written once, read by every node that has a listener, each second. Listeners on
// the publishing node hear at once, without the table. An event lost is no harm: states find everything (ports/change-bus.ts).

import { randomUUID } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { AccountChange, ChangeBus } from '#ports/change-bus.ts'
import type { Sql } from '#ports/sql.ts'
import type { AccountId } from '#shared/ids.ts'

interface BusTables {
  bus_event: { id: string; at: number; node: string; account: string; changed: string }
}

// Clocks of nodes differ, and a transaction commits after its time was taken: read again what is this young.
const overlapMs = 5_000
const keepMs = 60_000

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
  let since = deps.clock.now()
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
    const rows = await deps.sql
      .readFresh()
      .selectFrom('bus_event')
      .selectAll()
      .where('at', '>', since - overlapMs)
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
    for (const [id, at] of seen) if (at < since - 2 * overlapMs) seen.delete(id)
  }

  function start(): void {
    since = deps.clock.now()
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
      const at = deps.clock.now()
      try {
        await deps.sql.write(position, async (tx) => {
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
