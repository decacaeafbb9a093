// A database of its own for a test: a SQLite file in the temp folder with all migrations applied, gone at close().

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '#boot/database.ts'
import { silentLog } from '#core/log.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import type { SqlDatabase } from '#ports/sql.ts'

export async function openTestSql(
  options: { readonly onStatement?: (sql: string) => void } = {},
): Promise<SqlDatabase> {
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
