// One server, watched: a connection of its own asks every moment whether it lives, may be written to and how far it has come. When that
// connection hangs while a fresh one answers, the address has moved: the pool is thrown away, so that nobody waits for the dead.

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { nameOf, SqlConnection } from './connection.ts'
import { type ConnectionPool, openConnectionPool } from './connection-pool.ts'
import type { Engine, ServerState, SqlServer } from './engine.ts'

export interface WatchOptions {
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly poolMax: number
  readonly checkIntervalMs: number
  readonly checkTimeoutMs: number
}

export interface WatchedServer {
  readonly name: string
  readonly role: 'write' | 'read'
  readonly pool: ConnectionPool
  /** What it said last; null while it is down or nobody knows yet. */
  state(): ServerState | null
  /** How often another server answered behind the address than before, or the same one after a start where the engine tells. */
  moves(): number
  /** Asks at once, because somebody met an error: resolves when it has answered or is known to be down. */
  check(): Promise<ServerState | null>
  close(): Promise<void>
}

const idleCloseMs = 60_000
const maxAgeMs = 1_800_000

export function watchServer(
  engine: Engine,
  server: SqlServer,
  role: 'write' | 'read',
  options: WatchOptions,
  deps: { readonly log: Log; readonly onState: (state: ServerState | null) => void },
): WatchedServer {
  const name = nameOf(server)
  const open = () => SqlConnection.open(engine, server, options)
  const pool = openConnectionPool(open, { max: options.poolMax, idleCloseMs, maxAgeMs })
  const stopping = new AbortController()
  let watcher: SqlConnection | null = null
  let state: ServerState | null = null
  let identity: string | null = null
  let moves = 0
  let isKnown = false
  let checking: Promise<ServerState | null> | null = null
  let reason = ''

  async function ask(connection: SqlConnection): Promise<ServerState> {
    return engine.state(connection.asQuery(options.checkTimeoutMs))
  }

  async function look(): Promise<ServerState | null> {
    if (watcher?.isOpen) {
      try {
        return await ask(watcher)
      } catch (error) {
        reason = textOf(error)
        watcher.destroy()
      }
    }
    try {
      // Bounded like the question itself: a server that lets in but says nothing is as dead as one that is away.
      watcher = await SqlConnection.open(engine, server, {
        ...options,
        connectTimeoutMs: isKnown
          ? Math.min(options.connectTimeoutMs, options.checkTimeoutMs)
          : options.connectTimeoutMs,
      })
      const found = await ask(watcher)
      // The watcher was lost: whatever else was open to this server is as dead, or speaks to the one before it.
      if (isKnown) pool.discardAll()
      return found
    } catch (error) {
      reason = textOf(error)
      watcher?.destroy()
      pool.discardAll()
      return null
    }
  }

  function told(next: ServerState | null): void {
    const before = state
    state = next
    if (next === null && (before !== null || !isKnown)) deps.log.warn('sql.server.down', { server: name, role, reason })
    if (next !== null && before === null && isKnown) deps.log.info('sql.server.up', { server: name, role })
    if (next && before && next.isWritable !== before.isWritable)
      deps.log.info('sql.server.role', { server: name, isWritable: next.isWritable })
    if (next?.broken && next.broken !== before?.broken)
      deps.log.warn('sql.replica.broken', { server: name, reason: next.broken })
    if (next && before && next.identity !== before.identity) {
      deps.log.info('sql.server.moved', { server: name })
      pool.discardAll()
    }
    if (next) {
      if (identity !== null && next.identity !== identity) moves++
      identity = next.identity
    }
    isKnown = true
    deps.onState(next)
  }

  function check(): Promise<ServerState | null> {
    checking ??= look()
      .then((next) => {
        told(next)
        return next
      })
      .finally(() => {
        checking = null
      })
    return checking
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await check()
      await sleep(options.checkIntervalMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }
  const watching = watch()

  return {
    name,
    role,
    pool,
    state: () => state,
    moves: () => moves,
    check,
    async close() {
      stopping.abort()
      watcher?.destroy()
      pool.close()
      await watching
      watcher?.destroy()
    },
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Failure)) return String(error)
  const cause = error.cause instanceof Failure ? error.cause.cause : error.cause
  return cause instanceof Error ? cause.message : JSON.stringify(error.detail)
}
