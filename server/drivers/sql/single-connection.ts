// A Kysely on one connection without limits of time, for migrations and for questions of an operator. Nodes never serve through it.

import { CompiledQuery, type DatabaseConnection, type Driver, Kysely } from 'kysely'
import { Failure } from '#core/errors.ts'
import { nameOf } from './connection.ts'
import type { Engine, Query, SqlServer } from './engine.ts'
import { within } from './within.ts'

export interface SingleConnection {
  readonly db: Kysely<unknown>
  readonly query: Query
  close(): Promise<void>
}

export async function openSingleConnection(
  engine: Engine,
  server: SqlServer,
  connectTimeoutMs: number,
): Promise<SingleConnection> {
  const raw = engine.connect(server)
  const query: Query = (sql, parameters = []) =>
    raw.query(sql, parameters).catch((error) => {
      throw engine.translate(error, sql)
    })
  try {
    await within(connectTimeoutMs, 'connect', raw.ready, () => raw.destroy())
    await engine.setUp(query, null)
  } catch (error) {
    raw.destroy()
    const { detail } = engine.translate(error, 'connect')
    throw new Failure('unavailable', { ...detail, server: nameOf(server) }, error)
  }
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery) {
      const { rows, affected } = await query(sql, parameters)
      return { rows: rows as R[], ...(affected !== undefined && { numAffectedRows: affected }) }
    },
    streamQuery() {
      throw new Failure('unsupported', { reason: 'rows are not streamed' })
    },
  }
  const run = (sql: string) => async (on: DatabaseConnection) => void (await on.executeQuery(CompiledQuery.raw(sql)))
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: run('begin'),
    commitTransaction: run('commit'),
    rollbackTransaction: run('rollback'),
    releaseConnection: async () => {},
    destroy: async () => raw.destroy(),
  }
  const db = new Kysely<unknown>({ dialect: { ...engine.dialect, createDriver: () => driver } })
  return {
    db,
    query,
    async close() {
      await db.destroy()
      raw.destroy()
    },
  }
}

/** On the first server of the list that may be written to. */
export async function openOnWriter(
  engine: Engine,
  servers: readonly SqlServer[],
  connectTimeoutMs: number,
): Promise<SingleConnection> {
  const reasons: unknown[] = []
  for (const server of servers) {
    let connection: SingleConnection | null = null
    try {
      connection = await openSingleConnection(engine, server, connectTimeoutMs)
      if ((await engine.state(connection.query)).isWritable) return connection
      reasons.push(new Failure('unavailable', { server: nameOf(server), reason: 'it may not be written to' }))
    } catch (error) {
      reasons.push(error)
    }
    await connection?.close()
  }
  throw new Failure(
    'unavailable',
    { reason: 'there is no database to write to', servers: servers.map(nameOf) },
    new AggregateError(reasons, reasons.map(textOf).join('; ')),
  )
}

function textOf(error: unknown): string {
  if (!(error instanceof Failure)) return String(error)
  return `${error.detail.server ?? ''} ${error.cause instanceof Error ? error.cause.message : (error.detail.reason ?? error.code)}`
}
