// SqlDatabase on one SQLite file (WAL): a writer, and a reader that sees each commit at once. There is no replica, so positions
// are null and every read is fresh.

import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, type Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Log } from '#core/log.ts'
import { backoffMs } from '#core/retry.ts'
import type { Sql, SqlDatabase } from '#ports/sql.ts'
import { isBusy, nodeSqliteDialect } from './node-sqlite.ts'

export interface SqliteOptions {
  readonly path: string
  readonly slowStatementMs: number
  readonly log: Log
  /** Hears of every statement: for counters. */
  readonly onStatement?: (sql: string, ms: number) => void
}

// Another process that holds the write lock does so for milliseconds; who waits longer than this has met a stuck one.
const busyMs = 5_000
const busyBackoff = { baseMs: 1, maxMs: 50 }

/** Opens (and makes) the file. The caller runs migrations (`migrate`) before anybody reads. */
export async function openSqlite(options: SqliteOptions): Promise<SqlDatabase & { readonly writer: Kysely<unknown> }> {
  const open = (readOnly: boolean) =>
    new Kysely<unknown>({
      dialect: nodeSqliteDialect(options.path, { readOnly }),
      log(event) {
        options.onStatement?.(event.query.sql, event.queryDurationMillis)
        if (event.queryDurationMillis >= options.slowStatementMs) {
          options.log.warn('sql.slow', { sql: event.query.sql, ms: Math.round(event.queryDurationMillis) })
        }
      },
    })
  const writer = open(false)
  // The writer first: it makes the file that the reader opens.
  await writer.connection().execute(async () => {})
  const reader = open(true)

  async function write<Tables, Result>(work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + busyMs
    for (let attempt = 0; ; attempt++) {
      let began = false
      try {
        return await (writer as unknown as Kysely<Tables>).transaction().execute((tx) => {
          began = true
          return work(tx)
        })
      } catch (error) {
        // Only the BEGIN may be busy: `begin immediate` holds the lock for the rest of the transaction.
        if (began || !isBusy(error) || Date.now() > deadline) throw error
        await sleep(backoffMs(busyBackoff, attempt))
      }
    }
  }

  return {
    writer,
    for<Tables>(): Sql<Tables> {
      const handle = reader as unknown as ReadonlyKysely<Tables>
      return { read: () => handle, readFresh: () => handle, write: (_caller, work) => write(work) }
    },
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}
