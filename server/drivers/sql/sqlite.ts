// SqlDatabase on one SQLite file (WAL): a writer, and a reader that sees each commit at once. There is no replica, so positions
// are null and every read is fresh.

import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, type Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { backoffMs } from '#core/retry.ts'
import type { Sql, SqlDatabase } from '#ports/sql.ts'
import { isBusy, nodeSqliteDialect } from './node-sqlite.ts'
import { type Origin, originOf } from './origin.ts'
import { openStatementObserver, type StatementObserverOptions } from './statement-observer.ts'

const noOrigin: Origin = { text: () => 'unknown' }

export interface SqliteOptions extends StatementObserverOptions {
  readonly path: string
}

// Another process that holds the write lock does so for milliseconds; who waits longer than this has met a stuck one.
const busyMs = 5_000
const busyBackoff = { baseMs: 1, maxMs: 50 }

/** Opens (and makes) the file. The caller runs migrations (`migrate`) before anybody reads. */
export async function openSqlite(options: SqliteOptions): Promise<SqlDatabase & { readonly writer: Kysely<unknown> }> {
  const observe = openStatementObserver(options)
  const origins = new WeakMap<object, Origin>()
  /** Kysely's log names the query: by that its origin is found again. */
  const from = <Tables>(db: Kysely<unknown>, origin: Origin) =>
    db.withPlugin({
      transformQuery({ node, queryId }) {
        origins.set(queryId, origin)
        return node
      },
      transformResult: async ({ result }) => result,
    }) as unknown as Kysely<Tables>
  const open = (readOnly: boolean) =>
    new Kysely<unknown>({
      dialect: nodeSqliteDialect(options.path, { readOnly }),
      log(event) {
        const origin = origins.get(event.query.queryId) ?? noOrigin
        observe(event.query.sql, event.queryDurationMillis, origin, 'sqlite')
      },
    })
  const writer = open(false)
  // The writer first: it makes the file that the reader opens.
  await writer.connection().execute(async () => {})
  const reader = open(true)

  async function write<Tables, Result>(
    origin: Origin,
    work: (tx: Transaction<Tables>) => Promise<Result>,
  ): Promise<Result> {
    const db = from<Tables>(writer, origin)
    const deadline = Date.now() + busyMs
    for (let attempt = 0; ; attempt++) {
      let began = false
      try {
        return await db.transaction().execute((tx) => {
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
      const handle = (origin: Origin) => from<Tables>(reader, origin) as unknown as ReadonlyKysely<Tables>
      const sql: Sql<Tables> = {
        read: () => handle(originOf(sql.read)),
        readFresh: () => handle(originOf(sql.readFresh)),
        write: (_caller, work) => write(originOf(sql.write), work),
      }
      return sql
    },
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}
