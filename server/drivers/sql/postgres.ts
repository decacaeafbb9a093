// PostgreSQL behind engine.ts, over pg. A replica counts as one only while it receives from a primary, and its timeline is known
// (role pg_monitor): one that hangs on a primary that was replaced may be ahead of the new one, and wrong.

import { PostgresAdapter, PostgresIntrospector } from 'kysely'
import { Client, type QueryResult as PgResult, types } from 'pg'
import { Failure } from '#core/errors.ts'
import { markStatements } from './commit-marks.ts'
import type { CommitMark, Engine, RawConnection, ServerState, SqlResult, SqlServer } from './engine.ts'
import { parseLsn } from './position.ts'
import { PostgresBlobCompiler } from './postgres-compiler.ts'
import { translatePostgres } from './postgres-errors.ts'

const idleTransactionMs = 30_000

// https://www.postgresql.org/docs/15/catalog-pg-type.html: int8 and numeric, which pg hands out as text. Ours are below 2^53.
const numberOids = [20, 1700]
const typeParsers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    numberOids.includes(oid) ? Number : types.getTypeParser(oid, format as 'text'),
}

export const postgres: Engine = {
  name: 'postgres',
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresBlobCompiler(),
  },
  connect,

  async setUp(query, statementTimeoutMs) {
    const limits =
      statementTimeoutMs === null
        ? ''
        : `set statement_timeout = ${statementTimeoutMs}; set lock_timeout = ${statementTimeoutMs};
           set idle_in_transaction_session_timeout = ${idleTransactionMs};`
    // What we acknowledge is on disk (promise 2): a server set up for speed is overruled for our sessions.
    await query(`${limits} set timezone = 'UTC'; set client_min_messages = warning;
      set default_transaction_isolation = 'read committed';
      select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`)
  },

  async state(query) {
    const { rows } = await query(
      `select pg_is_in_recovery() as replica, pg_postmaster_start_time()::text as started, inet_server_addr()::text as host,
        current_setting('port') as port,
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as lsn,
        case when pg_is_in_recovery() then null else pg_walfile_name(pg_current_wal_lsn()) end as segment,
        current_setting('transaction_read_only') as ro,
        (select status from pg_stat_wal_receiver) as receiver, (select received_tli from pg_stat_wal_receiver) as tli`,
    )
    const row = rows[0] as Record<string, string | boolean | number | null>
    const isReplica = row.replica === true
    // The name of a WAL file begins with its timeline.
    const timeline = isReplica ? (row.tli as number | null) : Number.parseInt(String(row.segment).slice(0, 8), 16)
    return {
      identity: [row.host, row.port, row.started].join(' '),
      isWritable: !isReplica && row.ro === 'off',
      isGalera: false,
      position: parseLsn(String(row.lsn)),
      timeline,
      broken:
        isReplica && timeline === null
          ? 'it receives nothing from a primary, or our user may not see it (pg_monitor)'
          : null,
    } satisfies ServerState
  },

  async commit(query, mark: CommitMark | null) {
    // One message: the mark, the COMMIT and how far the log is after it. While a synchronous replica is waited for, no time limit of
    // the server's may turn a commit into one that is only here.
    const marked = mark ? markStatements(mark) : ''
    const { rows } = await query(
      `set local statement_timeout = 0; ${marked} commit; select pg_current_wal_lsn()::text as lsn`,
    )
    return parseLsn(String(rows[0]?.lsn))
  },

  async position(query) {
    const { rows } = await query('select pg_current_wal_lsn()::text as lsn')
    return parseLsn(String(rows[0]?.lsn))
  },

  async reached(query, wanted, waitMs) {
    // PostgreSQL 15 cannot wait for a position: asked again after 1, 2, 4 … ms.
    const until = Date.now() + waitMs
    for (let pauseMs = 1; ; pauseMs *= 2) {
      const { rows } = await query(
        'select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as lsn',
      )
      const now = parseLsn(String(rows[0]?.lsn))
      const isThere = now?.kind === 'postgres' && wanted.kind === 'postgres' && now.lsn >= wanted.lsn
      if (isThere || Date.now() + pauseMs > until) return now
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  },

  translate: translatePostgres,
}

function connect(server: SqlServer): RawConnection {
  const client = new Client({
    // A socket is named by the folder it lies in.
    host: server.socket ?? server.host,
    port: server.port,
    user: server.user,
    password: server.password ?? undefined,
    database: server.database,
    keepAlive: true,
    application_name: 'paquebot',
    types: typeParsers,
    ssl: server.tls ? { rejectUnauthorized: server.tls.isVerified, ca: server.tls.ca ?? undefined } : false,
  })
  let hasEnded = false
  const pending = new Set<(error: unknown) => void>()
  const listeners: (() => void)[] = []
  function end(error: unknown): void {
    if (hasEnded) return
    hasEnded = true
    for (const reject of pending) reject(error)
    pending.clear()
    for (const listener of listeners) listener()
  }
  client.on('error', end)
  client.on('end', () => end(lost()))
  const ready = client.connect().then(() => {})
  ready.catch(() => {})
  return {
    ready,
    query: (sql, parameters) =>
      new Promise((resolve, reject) => {
        if (hasEnded) return reject(lost())
        pending.add(reject)
        run(client, sql, parameters)
          .then(resolve, reject)
          .finally(() => pending.delete(reject))
      }),
    destroy() {
      // `end()` would wait for a server that may never answer.
      streamOf(client).destroy()
      end(lost())
    },
    onEnd: (listener) => void listeners.push(listener),
  }
}

const lost = () => Object.assign(new Error('the connection has ended'), { code: 'ECONNRESET' })

/** Not in the types of pg, and the only way to end a connection without asking the server. */
function streamOf(client: Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
}

async function run(client: Client, sql: string, parameters: readonly unknown[]): Promise<SqlResult> {
  const answer: PgResult | PgResult[] =
    parameters.length > 0 ? await client.query(sql, bind(parameters)) : await client.query(sql)
  // Several statements in one message are answered by a list: the last counts.
  const last = Array.isArray(answer) ? (answer.at(-1) as PgResult) : answer
  const isChange = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(last.command)
  return { rows: last.rows as SqlResult['rows'], ...(isChange && { affected: BigInt(last.rowCount ?? 0) }) }
}

function bind(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value
    if (typeof value === 'boolean') return Number(value)
    if (value instanceof Uint8Array) return value
    throw new Failure('internal', { parameter: typeof value, reason: 'not a value of SQL' })
  })
}
