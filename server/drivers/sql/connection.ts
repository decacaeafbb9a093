// A connection on which nothing takes longer than its limit: a statement that does ends the connection, for nobody knows what the
// server still does with it.

import { Failure } from '#core/errors.ts'
import type { Engine, Query, RawConnection, SqlResult, SqlServer } from './engine.ts'
import type { Position } from './position.ts'
import { within } from './within.ts'

// The server ends a statement by itself a little earlier, and says so; ours is for servers that hang.
const graceMs = 500

export interface ConnectionOptions {
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
}

export class SqlConnection {
  readonly #engine: Engine
  readonly #raw: RawConnection
  readonly #statementTimeoutMs: number
  readonly openedAt = Date.now()
  usedAt = Date.now()
  isOpen = true
  /** How far its server is known to have come. It belongs to the connection, for another server may stand behind the address later. */
  reached: Position | null = null
  #onEnd: () => void = () => {}

  constructor(engine: Engine, raw: RawConnection, options: ConnectionOptions) {
    this.#engine = engine
    this.#raw = raw
    this.#statementTimeoutMs = options.statementTimeoutMs + graceMs
    raw.onEnd(() => this.destroy())
  }

  static async open(engine: Engine, server: SqlServer, options: ConnectionOptions): Promise<SqlConnection> {
    const raw = engine.connect(server)
    const connection = new SqlConnection(engine, raw, options)
    const steps = (async () => {
      await raw.ready
      await engine.setUp((sql, parameters = []) => raw.query(sql, parameters), options.statementTimeoutMs)
    })()
    try {
      await within(options.connectTimeoutMs, 'connect', steps, () => connection.destroy())
      return connection
    } catch (error) {
      connection.destroy()
      const { detail } = engine.translate(error, 'connect')
      // Whatever kept us out, this server is of no use now.
      throw new Failure('unavailable', { ...detail, trouble: 'lost', server: nameOf(server) }, error)
    }
  }

  async query(sql: string, parameters: readonly unknown[], limitMs = this.#statementTimeoutMs): Promise<SqlResult> {
    if (!this.isOpen) throw new Failure('unavailable', { trouble: 'lost', reason: 'the connection has ended' })
    try {
      const result = await within(limitMs, sql.slice(0, 200), this.#raw.query(sql, parameters), () => this.destroy())
      this.usedAt = Date.now()
      return result
    } catch (error) {
      const failure = this.#engine.translate(error, sql)
      if (failure.detail.trouble === 'lost') this.destroy()
      throw failure
    }
  }

  /** As the engine's own statements are run. */
  asQuery(limitMs?: number): Query {
    return (sql, parameters = []) => this.query(sql, parameters, limitMs)
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener
  }

  destroy(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#raw.destroy()
    this.#onEnd()
  }
}

/** For logs: no password, no user. */
export function nameOf(server: SqlServer): string {
  return server.socket ?? `${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`
}
