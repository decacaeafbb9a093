// `paquebot migrate status|plan|apply`: the only way in which the schema of a shared database changes.

import { mkdir } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import { databaseServers, migrations } from '#boot/database.ts'
import type { Config } from '#config/load.ts'
import { silentLog } from '#core/log.ts'
import { migrate, migrationStatus } from '#drivers/sql/migrate.ts'
import { openOnWriter } from '#drivers/sql/single-connection.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'

const verbs = ['status', 'plan', 'apply']

export async function runMigrate(config: Config, verb: string, print: (line: string) => void): Promise<number> {
  if (!verbs.includes(verb)) {
    print(`migrate knows ${verbs.join(', ')}, not ${verb}`)
    return 64
  }
  const database = await open(config)
  try {
    if (verb === 'apply') {
      for (const name of await migrate(database.db, migrations)) print(`applied ${name}`)
    }
    const all = await migrationStatus(database.db, migrations.folder)
    const pending = all.filter(({ appliedAt }) => !appliedAt)
    for (const { name, appliedAt } of verb === 'plan' ? pending : all)
      print(`${appliedAt ? appliedAt.toISOString() : 'pending                 '} ${name}`)
    print(pending.length > 0 ? `${pending.length} pending` : 'the schema is up to date')
    return 0
  } finally {
    await database.close()
  }
}

async function open(config: Config): Promise<{ readonly db: Kysely<unknown>; close(): Promise<void> }> {
  const servers = await databaseServers(config)
  if (servers.kind === 'servers') return openOnWriter(servers.engine, servers.write, config.sql.connectTimeout)
  await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
  const sqlite = await openSqlite({ path: servers.path, slowStatementMs: 60_000, log: silentLog })
  return { db: sqlite.writer, close: () => sqlite.close() }
}
