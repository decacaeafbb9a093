// Databases for tests on a MariaDB or PostgreSQL server: made and migrated once a process and emptied between uses, for migrating takes
// longer than most tests.

import { randomUUID } from 'node:crypto'
import { migrations } from '#boot/database.ts'
import { type Dsn, dsnList } from '#config/dsn.ts'
import { silentLog } from '#core/log.ts'
import type { Engine, SqlServer } from '#drivers/sql/engine.ts'
import { mariadb } from '#drivers/sql/mariadb.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { postgres } from '#drivers/sql/postgres.ts'
import { openSingleConnection } from '#drivers/sql/single-connection.ts'
import { openSplit, type SplitDatabase, type SplitOptions } from '#drivers/sql/split.ts'

export const splitOptions: SplitOptions = {
  connectTimeoutMs: 5000,
  statementTimeoutMs: 10_000,
  poolMax: 10,
  checkIntervalMs: 300,
  checkTimeoutMs: 2000,
  retryForMs: 8000,
  replicaWaitMs: 100,
  maxLagMs: 60_000,
  slowStatementMs: 60_000,
  log: silentLog,
}

export function serverOf(dsn: string): { readonly engine: Engine; readonly server: SqlServer } {
  const [read] = dsnList.read([dsn]) as readonly [Dsn]
  if (read.engine === 'sqlite') throw new Error('a server is needed')
  return { engine: read.engine === 'mariadb' ? mariadb : postgres, server: { ...read, tls: null } }
}

/** By server. */
const free = new Map<string, Set<string>>()
/** By database. */
const tables = new Map<string, readonly string[]>()
const kept = new Set(['kysely_migration', 'kysely_migration_lock', 'schema_release'])

/** `adminDsn`: of a user who may make databases. `openAgain`: the same as another node has it. */
export async function openServerSql(
  adminDsn: string,
  options: Partial<SplitOptions>,
): Promise<SplitDatabase & { openAgain(): Promise<SplitDatabase> }> {
  const { engine, server: admin } = serverOf(adminDsn)
  const mine = free.get(adminDsn) ?? new Set()
  free.set(adminDsn, mine)
  const name = [...mine][0] ?? (await make(engine, admin))
  mine.delete(name)
  const server = { ...admin, database: name }
  const db = await openSplit(engine, { write: [server], read: [] }, { ...splitOptions, ...options })
  return {
    ...db,
    openAgain: () => openSplit(engine, { write: [server], read: [] }, { ...splitOptions, ...options }),
    async close() {
      await db.close()
      await empty(engine, server)
      mine.add(name)
    },
  }
}

/** What `paquebot migrate apply` does. */
export async function migrateServer(dsn: string): Promise<void> {
  const { engine, server } = serverOf(dsn)
  const connection = await openSingleConnection(engine, server, 5000)
  await migrate(connection.db, migrations)
  await connection.close()
}

async function make(engine: Engine, admin: SqlServer): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const connection = await openSingleConnection(engine, admin, 5000)
  await connection.query(`create database ${name}`)
  await connection.close()
  const fresh = await openSingleConnection(engine, { ...admin, database: name }, 5000)
  await migrate(fresh.db, migrations)
  await fresh.close()
  return name
}

async function empty(engine: Engine, server: SqlServer): Promise<void> {
  const connection = await openSingleConnection(engine, server, 5000)
  const names = tables.get(server.database) ?? (await connection.db.introspection.getTables()).map(({ name }) => name)
  tables.set(server.database, names)
  const statements = names.filter((name) => !kept.has(name)).map((name) => `delete from ${name}`)
  // PostgreSQL takes them in one message.
  for (const statement of engine.name === 'postgres' ? [statements.join(';')] : statements)
    await connection.query(statement)
  await connection.close()
}
