// The database from the configuration: the embedded file, which migrates itself, or MariaDB and PostgreSQL servers, which are migrated
// by `paquebot migrate` and on whose schema a node must be able to run.

import { mkdir, readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Dsn } from '#config/dsn.ts'
import type { Config } from '#config/load.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Engine, SqlServer } from '#drivers/sql/engine.ts'
import { mariadb } from '#drivers/sql/mariadb.ts'
import { assertSchema, type Migrations, migrate } from '#drivers/sql/migrate.ts'
import { postgres } from '#drivers/sql/postgres.ts'
import { openOnWriter } from '#drivers/sql/single-connection.ts'
import { openSplit, type SplitDatabase } from '#drivers/sql/split.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import { schemaRelease } from '#migrations/release.ts'
import type { SqlDatabase } from '#ports/sql.ts'

export const migrations: Migrations = { folder: new URL('../migrations/', import.meta.url), release: schemaRelease }

type SqlConfig = Pick<Config, 'data' | 'sql'>

export interface Database {
  readonly sql: SqlDatabase
  /** The database is embedded: no other node serves the same accounts. */
  readonly isOfOneNode: boolean
  /** Null with the embedded one, which needs none. */
  readonly split: SplitDatabase | null
}

export type DatabaseServers =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'servers'
      readonly engine: Engine
      readonly write: readonly SqlServer[]
      readonly read: readonly SqlServer[]
    }

const engines = { mariadb, postgres }

/** Throws `badInput` when the lists do not fit each other, `unavailable` when a file named cannot be read. */
export async function databaseServers({ data, sql }: SqlConfig): Promise<DatabaseServers> {
  const [first] = sql.write
  if (!first || first.engine === 'sqlite') {
    if (sql.read.length > 0)
      throw new Failure('badInput', { 'sql.read': 'SQLite has no replicas: name the writer in sql.write' })
    return { kind: 'sqlite', path: first?.path ?? join(data.dir, 'paquebot.sqlite') }
  }
  if (sql.read.some(({ engine }) => engine !== first.engine))
    throw new Failure('badInput', { 'sql.read': `servers of another engine than those of sql.write (${first.engine})` })
  const password = sql.passwordFile ? firstLine(await readNamed(sql.passwordFile, 'sql.password_file')) : sql.password
  const ca = sql.tlsCa ? await readNamed(sql.tlsCa, 'sql.tls_ca') : null
  const tls = sql.tls === 'off' ? null : { ca, isVerified: sql.tls === 'verify' }
  // mysql2 compares the certificate of a server that is given by its address with «localhost».
  const nameless = [...sql.write, ...sql.read].find(
    (dsn) => dsn.engine === 'mariadb' && !dsn.socket && isIP(dsn.host) !== 0,
  )
  if (sql.tls === 'verify' && nameless)
    throw new Failure('badInput', {
      'sql.tls': 'to verify a certificate MariaDB servers must be given by name, not by address',
    })
  const serversOf = (list: readonly Dsn[]): readonly SqlServer[] =>
    list.flatMap((dsn) => (dsn.engine === 'sqlite' ? [] : [{ ...dsn, password: dsn.password ?? password, tls }]))
  return { kind: 'servers', engine: engines[first.engine], write: serversOf(sql.write), read: serversOf(sql.read) }
}

export async function openDatabase(deps: {
  readonly config: SqlConfig
  readonly log: Log
  readonly onStatement?: (sql: string, ms: number) => void
}): Promise<Database> {
  const { config, log, onStatement } = deps
  const servers = await databaseServers(config)
  const observing = { slowStatementMs: config.sql.slowStatement, log, onStatement }
  if (servers.kind === 'sqlite') {
    await mkdir(config.data.dir, { recursive: true, mode: 0o700 })
    const sql = await openSqlite({ path: servers.path, ...observing })
    const applied = await migrate(sql.writer, migrations)
    if (applied.length > 0) log.info('sql.migrated', { applied })
    return { sql, isOfOneNode: true, split: null }
  }
  const single = await openOnWriter(servers.engine, servers.write, config.sql.connectTimeout)
  try {
    await assertSchema(single.db, migrations)
  } finally {
    await single.close()
  }
  const split = await openSplit(servers.engine, servers, {
    ...observing,
    connectTimeoutMs: config.sql.connectTimeout,
    statementTimeoutMs: config.sql.statementTimeout,
    poolMax: config.sql.poolMax,
    checkIntervalMs: config.sql.checkInterval,
    checkTimeoutMs: config.sql.checkTimeout,
    retryForMs: config.sql.retryFor,
    replicaWaitMs: config.sql.replicaWait,
    maxLagMs: config.sql.maxLag,
  })
  return { sql: split, isOfOneNode: false, split }
}

async function readNamed(path: string, key: string): Promise<string> {
  return readFile(path, 'utf8').catch((error) => {
    throw new Failure('unavailable', { [key]: path, reason: 'cannot be read' }, error)
  })
}

const firstLine = (text: string) => text.split('\n', 1)[0]?.trimEnd() ?? ''
