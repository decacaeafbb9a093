// What the split over several servers needs of an engine: connections, what its errors mean, and how far a server has come.
// An engine knows one connection at a time; which server is asked, and what is repeated, is split.ts's.

import type { Dialect } from 'kysely'
import type { Failure } from '#core/errors.ts'
import type { Position } from './position.ts'

export interface SqlServer {
  readonly host: string
  readonly port: number
  readonly socket: string | null
  readonly user: string
  readonly password: string | null
  readonly database: string
  readonly tls: { readonly ca: string | null; readonly isVerified: boolean } | null
}

export interface SqlResult {
  readonly rows: readonly Record<string, unknown>[]
  /** Rows found by an INSERT, UPDATE or DELETE. */
  readonly affected?: bigint
  /** The GTID that the server told of with this statement (MariaDB). */
  readonly gtid?: string
}

/** One connection as the driver library gives it: no limits of time yet (connection.ts). */
export interface RawConnection {
  /** Resolves when it can be used. */
  readonly ready: Promise<void>
  query(sql: string, parameters: readonly unknown[]): Promise<SqlResult>
  /** At once, without a word to the server. */
  destroy(): void
  /** Hears once when the server or the network ends it. */
  onEnd(listener: () => void): void
}

export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<SqlResult>

export interface ServerState {
  /** Names the server process: another one answers at the same address after a failover. */
  readonly identity: string
  readonly isWritable: boolean
  /** A member of a Galera cluster: every read on it waits until it has seen what was committed before, anywhere. */
  readonly isGalera: boolean
  /** How far it has come; null when it keeps no such count. */
  readonly position: Position | null
  /** The history it belongs to, where the engine numbers them (PostgreSQL: timeline): it grows with each failover. */
  readonly timeline: number | null
  /** A replica that says itself that it gets nothing, and why; null: it does, or does not tell. */
  readonly broken: string | null
}

/**
 * What an error means for the transaction, in `Failure.detail.trouble`. `again`: the server took it back (deadlock, serialisation,
 * certification): it may be repeated here. `readOnly`: this server is no writer (any more). `lost`: no answer, the connection is gone.
 */
export type Trouble = 'again' | 'readOnly' | 'lost'

/** A row that is written with the transaction and tells later whether it was committed (commit-marks.ts). */
export interface CommitMark {
  /** Letters, digits and `-`. */
  readonly slot: string
  readonly mark: number
  readonly at: number
  /** Removes those before it as well: now and then, so that they stay few. */
  readonly isLastOfMany: boolean
}

export interface Engine {
  readonly name: 'mariadb' | 'postgres'
  readonly dialect: Pick<Dialect, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>
  /** Without a limit of time: who waits for `ready` has one. */
  connect(server: SqlServer): RawConnection
  /** Session settings, each time a connection was made. `null`: without limits, for migrations. */
  setUp(query: Query, statementTimeoutMs: number | null): Promise<void>
  state(query: Query): Promise<ServerState>
  /**
   * Ends the transaction; with a mark it is written in the same breath, as part of it. Returns the position of the commit, or null when
   * the server does not tell.
   */
  commit(query: Query, mark: CommitMark | null): Promise<Position | null>
  position(query: Query): Promise<Position | null>
  /** How far a replica has come; with `wanted` it may wait there so long for it. */
  reached(query: Query, wanted: Position, waitMs: number): Promise<Position | null>
  /** As a Failure: `conflict` for a unique key, else with what it means for the transaction in its detail. */
  translate(error: unknown, sql: string): Failure
}
