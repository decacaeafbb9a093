import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '#boot/database.ts'
import { silentLog } from '#core/log.ts'
import { testSql } from '#ports/sql.contract.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

testSql('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-sqlite-'))
  const options = { path: join(folder, 'x.sqlite'), slowStatementMs: 60_000, log: silentLog }
  const one = await openSqlite(options)
  await migrate(one.writer, migrations)
  const other = await openSqlite(options)
  return {
    one,
    other,
    async close() {
      await one.close()
      await other.close()
      rmSync(folder, { recursive: true })
    },
  }
})
