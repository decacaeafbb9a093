// The connections of this node to one server: at most so many, the one used last first, and nobody waits for one without a bound.

import { Failure } from '#core/errors.ts'
import type { SqlConnection } from './connection.ts'

export interface ConnectionPoolOptions {
  readonly max: number
  readonly idleCloseMs: number
  readonly maxAgeMs: number
}

interface Waiter {
  readonly give: (connection: SqlConnection | null) => void
}

export interface PoolSize {
  /** Those in use, idle and being made. */
  readonly open: number
  readonly idle: number
  readonly opening: number
  /** Callers who wait for one. */
  readonly waiting: number
  readonly max: number
}

/** Since the start. */
export interface PoolWaits {
  /** How many callers found none that was idle, and waited until one was made or came back. */
  readonly count: number
  readonly totalMs: number
  /** Of these, the ones who got none in time. */
  readonly gaveUp: number
}

export interface ConnectionPool {
  /** `lost` when there is none by then. A connection that is given out is given back by `release`, whatever became of it. */
  acquire(untilMs: number): Promise<SqlConnection>
  release(connection: SqlConnection): void
  /** Ends all, those in use as well: what waits for their answers fails at once. */
  discardAll(): void
  close(): void
  readonly size: () => PoolSize
  readonly waits: () => PoolWaits
}

export function openConnectionPool(
  connect: () => Promise<SqlConnection>,
  options: ConnectionPoolOptions,
): ConnectionPool {
  const idle: SqlConnection[] = []
  const busy = new Set<SqlConnection>()
  const waiters: Waiter[] = []
  const waited = { count: 0, totalMs: 0, gaveUp: 0 }
  let opening = 0
  let isClosed = false
  /** A connection that was being made when all were discarded is of before. */
  let generation = 0

  const sweeper = setInterval(sweep, Math.max(50, Math.min(options.idleCloseMs / 2, 10_000)))
  sweeper.unref()

  function sweep(): void {
    const before = Date.now() - options.idleCloseMs
    for (const connection of idle.filter(({ usedAt }) => usedAt < before)) connection.destroy()
  }

  function forget(connection: SqlConnection): void {
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
  }

  function open(): Promise<SqlConnection> {
    opening++
    const made = generation
    return connect()
      .then((connection) => {
        if (isClosed || made !== generation) {
          connection.destroy()
          throw new Failure('unavailable', { trouble: 'lost', reason: 'the server changed meanwhile' })
        }
        connection.onEnd(() => forget(connection))
        return connection
      })
      .finally(() => {
        opening--
      })
  }

  /** Somebody waits and there is room again: he opens one by himself. */
  function wakeOne(): void {
    if (busy.size + idle.length + opening < options.max) waiters.shift()?.give(null)
  }

  function takeIdle(): SqlConnection | null {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isOpen && Date.now() - connection.openedAt <= options.maxAgeMs) {
        busy.add(connection)
        return connection
      }
      connection.destroy()
    }
    return null
  }

  async function acquire(until: number): Promise<SqlConnection> {
    if (isClosed) throw new Failure('unavailable', { reason: 'the database is closed' })
    const connection = takeIdle()
    if (connection) return connection
    const from = performance.now()
    try {
      return await openOrWait(until)
    } finally {
      waited.count++
      waited.totalMs += performance.now() - from
    }
  }

  async function openOrWait(until: number): Promise<SqlConnection> {
    for (;;) {
      if (isClosed) throw new Failure('unavailable', { reason: 'the database is closed' })
      const connection = takeIdle()
      if (connection) return connection
      if (busy.size + opening < options.max) {
        try {
          const fresh = await open()
          busy.add(fresh)
          return fresh
        } catch (error) {
          wakeOne()
          throw error
        }
      }
      const given = await wait(until)
      if (given) return given
    }
  }

  /** Null: try again by yourself. A connection is handed over busy. */
  function wait(until: number): Promise<SqlConnection | null> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        give(connection) {
          clearTimeout(timer)
          resolve(connection)
        },
      }
      const timer = setTimeout(
        () => {
          waiters.splice(waiters.indexOf(waiter), 1)
          waited.gaveUp++
          reject(new Failure('unavailable', { reason: 'all connections are in use', max: options.max }))
        },
        Math.max(0, until - Date.now()),
      )
      waiters.push(waiter)
    })
  }

  return {
    acquire,
    release(connection) {
      busy.delete(connection)
      if (isClosed) connection.destroy()
      const waiter = waiters.shift()
      if (!connection.isOpen) return waiter?.give(null)
      if (waiter) {
        busy.add(connection)
        return waiter.give(connection)
      }
      idle.push(connection)
    },
    discardAll() {
      generation++
      for (const connection of [...idle, ...busy]) connection.destroy()
    },
    close() {
      isClosed = true
      clearInterval(sweeper)
      for (const connection of [...idle]) connection.destroy()
      for (const waiter of waiters.splice(0)) waiter.give(null)
    },
    size: () => ({
      open: idle.length + busy.size + opening,
      idle: idle.length,
      opening,
      waiting: waiters.length,
      max: options.max,
    }),
    waits: () => ({ ...waited }),
  }
}
