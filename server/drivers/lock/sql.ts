// Leases in one SQL row each (ports/lock.ts). A row is taken when it is absent, given back or past its time by the clock that all nodes
// share (drivers/clock/sql.ts); every taking raises its fence by compare-and-set, so that the writes of one who slept are refused.
//
// For how long a holder may believe in it goes by no clock at all: `ttlMs` of its own monotonic time from before it last asked, so that it stops
// before anybody else can begin, as far as it runs at all. One that was stopped and wakes finds that out before it asks anybody.

import { randomUUID } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Lease, Lock } from '#ports/lock.ts'
import type { Sql } from '#ports/sql.ts'

interface LeaseTables {
  lease: { name: string; fence: number; holder: string; expires_at: number }
}

const nobody = ''

export function openSqlLock(deps: { readonly sql: Sql<LeaseTables>; readonly clock: Clock; readonly log: Log }): Lock {
  const held = new Set<Lease>()
  const position = { position: null }

  /** The new fence, or null when somebody holds the row. */
  function take(name: string, holder: string, ttlMs: number): Promise<number | null> {
    const now = deps.clock.now()
    return deps.sql.write(position, async (tx) => {
      const row = await tx.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
      if (!row) {
        await tx
          .insertInto('lease')
          .values({ name, fence: 1, holder, expires_at: now + ttlMs })
          .execute()
        return 1
      }
      if (row.holder !== nobody && row.expires_at > now) return null
      const fence = Number(row.fence) + 1
      const { numUpdatedRows } = await tx
        .updateTable('lease')
        .set({ fence, holder, expires_at: now + ttlMs })
        .where('name', '=', name)
        .where('fence', '=', row.fence)
        .executeTakeFirst()
      return numUpdatedRows === 1n ? fence : null
    })
  }

  function update(
    name: string,
    fence: number,
    values: { readonly holder?: string; readonly expires_at: number },
  ): Promise<boolean> {
    return deps.sql.write(position, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('lease')
        .set(values)
        .where('name', '=', name)
        .where('fence', '=', fence)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    })
  }

  function hold(name: string, fence: number, ttlMs: number, askedAt: number): Lease {
    const lost = new AbortController()
    let until = askedAt + ttlMs
    let isAsking = false
    const timer = setInterval(() => {
      // A renewal that failed, or hangs, may be tried again as long as the row is surely ours.
      if (performance.now() >= until) end('not renewed in time')
      else if (!isAsking) void renew()
    }, ttlMs / 6)
    timer.unref()
    async function renew(): Promise<void> {
      isAsking = true
      const asked = performance.now()
      try {
        if (await update(name, fence, { expires_at: deps.clock.now() + ttlMs })) until = asked + ttlMs
        else end('taken over')
      } catch (error) {
        deps.log.warn('lease.renew', { name, error: String(error) })
      }
      isAsking = false
    }
    function end(reason: string | null): void {
      clearInterval(timer)
      held.delete(lease)
      if (reason === null || lost.signal.aborted) return
      deps.log.warn('lease.lost', { name, fence, reason })
      lost.abort()
    }
    const lease: Lease = {
      name,
      fence,
      lost: lost.signal,
      async release() {
        if (!held.has(lease)) return
        end(null)
        await update(name, fence, { holder: nobody, expires_at: 0 })
      },
    }
    held.add(lease)
    return lease
  }

  return {
    async tryAcquire(name, ttlMs) {
      const askedAt = performance.now()
      try {
        const fence = await take(name, randomUUID(), ttlMs)
        return fence === null ? null : hold(name, fence, ttlMs, askedAt)
      } catch (error) {
        // Two first takers: the unique key let one through.
        if (isFailure(error, 'conflict')) return null
        throw error
      }
    },
    async close() {
      await Promise.allSettled([...held].map((lease) => lease.release()))
    },
  }
}
