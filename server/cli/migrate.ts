// `paquebot migrate status|apply`.

import { mkdirSync } from 'node:fs'
import { databasePath, migrationsFolder } from '#boot/storage.ts'
import type { Config } from '#config/load.ts'
import { silentLog } from '#core/log.ts'
import { migrate, migrationStatus } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'

export async function runMigrate(config: Config, verb: string, print: (line: string) => void): Promise<number> {
  if (verb !== 'status' && verb !== 'apply') {
    print(`migrate knows status and apply, not ${verb}`)
    return 64
  }
  mkdirSync(config.data.dir, { recursive: true, mode: 0o700 })
  const db = await openSqlite({ path: databasePath(config), slowStatementMs: 60_000, log: silentLog })
  try {
    if (verb === 'apply') {
      for (const name of await migrate(db.writer, migrationsFolder)) print(`applied ${name}`)
    }
    for (const { name, appliedAt } of await migrationStatus(db.writer, migrationsFolder))
      print(`${appliedAt ? appliedAt.toISOString() : 'pending                 '} ${name}`)
    return 0
  } finally {
    await db.close()
  }
}
