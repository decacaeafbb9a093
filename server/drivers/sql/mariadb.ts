// MariaDB behind engine.ts, over mysql2: the only driver that hands out the GTID which the server sends along with a COMMIT. Values are
// written into the statement by the driver, so only plain ones pass (`bind`) and the session's sql_mode is ours (escaping relies on it).

import type { Socket } from 'node:net'
import { MysqlAdapter, MysqlIntrospector } from 'kysely'
import { type Connection, createConnection, type ResultSetHeader } from 'mysql2'
import { Failure } from '#core/errors.ts'
import { markStatements } from './commit-marks.ts'
import type { CommitMark, Engine, RawConnection, ServerState, SqlResult, SqlServer } from './engine.ts'
import { MariadbQueryCompiler } from './mariadb-compiler.ts'
import { translateMariadb } from './mariadb-errors.ts'
import { covers, gtidsOf, mergePositions, type Position, parseGtids } from './position.ts'

const sqlMode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
// A node that stops in the middle of a transaction must not hold its locks for ever.
const idleTransactionSeconds = 30

export const mariadb: Engine = {
  name: 'mariadb',
  dialect: {
    createAdapter: () => new MysqlAdapter(),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MariadbQueryCompiler(),
  },
  connect,

  async setUp(query, statementTimeoutMs) {
    const { rows } = await query("show session variables where variable_name in ('version', 'wsrep_on')")
    const has = new Map(rows.map((row) => [row.Variable_name, String(row.Value)]))
    if (!has.get('version')?.includes('MariaDB'))
      throw new Failure('unsupported', {
        version: has.get('version'),
        reason: 'only MariaDB 10.6 and later is supported',
      })
    const settings = [
      `sql_mode = '${sqlMode}'`,
      // As PostgreSQL's default: what a transaction waited for it then sees.
      `tx_isolation = 'READ-COMMITTED'`,
      `time_zone = '+00:00'`,
      `session_track_system_variables = 'last_gtid'`,
    ]
    if (statementTimeoutMs !== null) {
      const seconds = Math.max(1, Math.ceil(statementTimeoutMs / 1000))
      settings.push(
        `max_statement_time = ${statementTimeoutMs / 1000}`,
        `idle_transaction_timeout = ${idleTransactionSeconds}`,
      )
      settings.push(`innodb_lock_wait_timeout = ${seconds}`, `lock_wait_timeout = ${seconds}`)
    }
    if (has.get('wsrep_on') === 'ON') settings.push('wsrep_sync_wait = 1')
    await query(`set session ${settings.join(', ')}`)
  },

  async state(query) {
    const { rows } = await query(
      'select @@global.read_only ro, @@hostname host, @@port port, @@server_id id, @@datadir dir, @@global.gtid_current_pos pos',
    )
    const [row] = rows as [Record<string, unknown>]
    const galera = await query("show global status where variable_name in ('wsrep_ready', 'wsrep_cluster_size')")
    const status = new Map(galera.rows.map((one) => [one.Variable_name, String(one.Value)]))
    const isGalera = Number(status.get('wsrep_cluster_size') ?? 0) > 0
    const isReady = !isGalera || status.get('wsrep_ready') === 'ON'
    return {
      identity: [row.host, row.port, row.id, row.dir].join(' '),
      isWritable: Number(row.ro) === 0 && isReady,
      isGalera,
      position: isGalera ? { kind: 'galera' } : parseGtids(String(row.pos)),
      timeline: null,
      broken: isReady ? await replicationFault(query) : 'the node is not part of a primary component',
    } satisfies ServerState
  },

  async commit(query, mark: CommitMark | null) {
    // A compound statement, so that the mark costs no round trip of its own.
    const result = await query(mark ? `begin not atomic ${markStatements(mark)} commit; end` : 'commit')
    return parseGtids(result.gtid ?? '')
  },

  async position(query) {
    const { rows } = await query('select @@global.gtid_current_pos pos')
    return parseGtids(String(rows[0]?.pos))
  },

  async reached(query, wanted, waitMs) {
    const { rows } = await query('select @@global.gtid_current_pos pos')
    const now = parseGtids(String(rows[0]?.pos))
    if (!now || covers(now, wanted) || waitMs === 0 || wanted.kind !== 'mariadb') return now
    // The wait looks at what was replicated alone, not at what the server wrote itself: only what it lacks is waited for.
    const domains = new Map(
      [...wanted.domains].filter(
        ([domain, gtid]) => !covers(now, { kind: 'mariadb', domains: new Map([[domain, gtid]]) }),
      ),
    )
    const lacking: Position = { kind: 'mariadb', domains }
    const waited = await query('select master_gtid_wait(?, ?) as late', [gtidsOf(lacking), waitMs / 1000])
    return Number(waited.rows[0]?.late) === 0 ? mergePositions(now, lacking) : now
  },

  translate: translateMariadb,
}

/** Null as well when we may not ask (REPLICA MONITOR): then its position alone tells. */
async function replicationFault(query: (sql: string) => Promise<SqlResult>): Promise<string | null> {
  let rows: SqlResult['rows']
  try {
    rows = (await query('show all slaves status')).rows
  } catch (error) {
    if (translateMariadb(error, '').detail.trouble === 'lost') throw error
    return null
  }
  for (const row of rows) {
    if (row.Slave_IO_Running !== 'Yes') return `the I/O thread: ${row.Last_IO_Error || row.Slave_IO_Running}`
    if (row.Slave_SQL_Running !== 'Yes') return `the SQL thread: ${row.Last_SQL_Error || row.Slave_SQL_Running}`
  }
  return null
}

function connect(server: SqlServer): RawConnection {
  const raw = createConnection({
    ...(server.socket ? { socketPath: server.socket } : { host: server.host, port: server.port }),
    user: server.user,
    password: server.password ?? undefined,
    database: server.database,
    // connection.ts keeps the time; the library's limit fires when this process was busy, too.
    connectTimeout: 0,
    charset: 'UTF8MB4_BIN',
    timezone: 'Z',
    decimalNumbers: true,
    stringifyObjects: true,
    enableKeepAlive: true,
    ...(server.tls && {
      // The library looks at the name only when it is told to.
      ssl: {
        rejectUnauthorized: server.tls.isVerified,
        verifyIdentity: server.tls.isVerified,
        ca: server.tls.ca ?? undefined,
      },
    }),
  })
  const ready = new Promise<void>((resolve, reject) => {
    raw.once('connect', () => resolve())
    raw.once('error', reject)
    raw.once('end', () => reject(lost()))
  })
  // Who opened it hears of it; a connection that fails after that is told by `onEnd`.
  ready.catch(() => {})
  let hasEnded = false
  const pending = new Set<(error: unknown) => void>()
  function end(error: unknown): void {
    hasEnded = true
    // The library forgets what waits for an answer when we destroy a connection.
    for (const reject of pending) reject(error)
    pending.clear()
  }
  raw.on('error', end)
  raw.on('end', () => end(lost()))
  return {
    ready,
    query: (sql, parameters) =>
      new Promise((resolve, reject) => {
        if (hasEnded) return reject(lost())
        pending.add(reject)
        run(raw, sql, parameters)
          .then(resolve, reject)
          .finally(() => pending.delete(reject))
      }),
    destroy() {
      raw.destroy()
      // The library only says that it will send no more; a server that is gone never answers that, and the open socket would keep
      // this process from ending.
      ;(raw as unknown as { readonly stream: Socket }).stream.destroy()
      end(lost())
    },
    onEnd(listener) {
      raw.once('error', listener)
      raw.once('end', listener)
    },
  }
}

const lost = () =>
  Object.assign(new Error('the connection has ended'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })

function run(raw: Connection, sql: string, parameters: readonly unknown[]): Promise<SqlResult> {
  return new Promise((resolve, reject) => {
    raw.query({ sql, values: bind(parameters) }, (error, result) => {
      if (error) return reject(error)
      // A compound statement answers with a list of OK packets or one; the last is the COMMIT's.
      const last: unknown = Array.isArray(result) && isHeader(result.at(-1)) ? result.at(-1) : result
      if (!isHeader(last)) return resolve({ rows: last as unknown as SqlResult['rows'] })
      resolve({ rows: [], affected: BigInt(last.affectedRows), gtid: last.stateChanges?.systemVariables?.last_gtid })
    })
  })
}

type Header = ResultSetHeader & {
  readonly stateChanges?: { readonly systemVariables?: { readonly last_gtid?: string } }
}

const isHeader = (result: unknown): result is Header =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && 'affectedRows' in result

/** The driver writes objects and lists into the SQL text as SQL: none may come here. */
function bind(parameters: readonly unknown[]): (string | number | bigint | boolean | Buffer | null)[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'bigint') return value
    if (typeof value === 'boolean') return Number(value)
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? value : Buffer.from(value)
    throw new Failure('internal', { parameter: typeof value, reason: 'not a value of SQL' })
  })
}
