// A database of its own for a test, with all migrations applied, gone (or empty again) at close(): a SQLite file in the temp folder, or a
// database on the MariaDB or PostgreSQL server that TEST_SQL names, so that one run of a test file is a run on that engine.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '#boot/database.ts'
import { silentLog } from '#core/log.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { openServerSql } from './server-sql.ts'

export interface TestSqlOptions {
  readonly onStatement?: (sql: string) => void
}

export async function openTestSql(options: TestSqlOptions = {}): Promise<SqlDatabase> {
  const server = process.env.TEST_SQL
  if (server) return openServerSql(server, options)
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-sql-'))
  const db = await openSqlite({
    path: join(folder, 'test.sqlite'),
    slowStatementMs: 60_000,
    log: silentLog,
    ...options,
  })
  await migrate(db.writer, migrations)
  return {
    for: () => db.for(),
    async close() {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
