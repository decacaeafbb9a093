// SqlDatabase over writers and replicas of one engine: reads go to a replica that has reached the caller's position, else to the writer;
// writes are transactions on the writer, repeated when they are known not to have been committed. Every wait has an end.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConnectionProvider,
  DefaultQueryExecutor,
  type Dialect,
  Kysely,
  type QueryExecutor,
  Transaction,
} from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { Failure } from '#core/errors.ts'
import { backoffMs } from '#core/retry.ts'
import type { Sql, SqlCaller, SqlDatabase } from '#ports/sql.ts'
import { openCommitMarks } from './commit-marks.ts'
import type { SqlConnection } from './connection.ts'
import type { Engine, SqlServer, Trouble } from './engine.ts'
import { type SplitFigures, splitFigures } from './figures.ts'
import { readingConnection } from './kysely-connection.ts'
import { noDriver } from './no-driver.ts'
import { type Origin, originOf } from './origin.ts'
import { covers, formatPosition, mergePositions, type Position, parsePosition } from './position.ts'
import { chooseReaders } from './readers.ts'
import { openStatementObserver, type StatementObserverOptions } from './statement-observer.ts'
import { type Attempt, attemptTransaction } from './transaction.ts'
import { type WatchedServer, type WatchOptions, watchServer } from './watched-server.ts'
import { chooseWriter } from './writers.ts'

export interface SplitOptions extends WatchOptions, StatementObserverOptions {
  readonly retryForMs: number
  readonly replicaWaitMs: number
  readonly maxLagMs: number
}

export interface SplitStats {
  readonly readsOnReplica: number
  readonly readsOnWriter: number
  readonly retries: number
  /** Commits whose answer was lost and whose outcome was found out. */
  readonly resolved: number
}

export interface SplitDatabase extends SqlDatabase {
  stats(): SplitStats
  /** Of each server, and what befell this node with them: for metrics. */
  figures(): SplitFigures
  /** Forgets commit marks of processes that are long gone. */
  sweep(): Promise<void>
}

const again = { baseMs: 5, maxMs: 200 }
const elsewhere = { baseMs: 50, maxMs: 500 }
/** A deadlock met so often is no accident. */
const maxAgain = 10
const marksKeptMs = 86_400_000

export function troubleOf(error: unknown): Trouble | null {
  return error instanceof Failure ? ((error.detail.trouble as Trouble | undefined) ?? null) : null
}

export async function openSplit(
  engine: Engine,
  servers: { readonly write: readonly SqlServer[]; readonly read: readonly SqlServer[] },
  options: SplitOptions,
): Promise<SplitDatabase> {
  const { log } = options
  const observe = openStatementObserver(options)
  const marks = openCommitMarks()
  const counts = { readsOnReplica: 0, readsOnWriter: 0, retries: 0, resolved: 0 }
  const troubles: Record<Trouble, number> = { again: 0, readOnly: 0, lost: 0 }
  const writeServers: WatchedServer[] = []
  const readServers: WatchedServer[] = []
  let isChoosing = false
  const writers = chooseWriter(() => writeServers, log)
  const readers = chooseReaders(() => readServers, writers, options)
  const onState = () => {
    // Not before each was asked once: the second of a list must not win by answering first.
    if (isChoosing) writers.choose()
    readers.noteState()
  }
  const watch = (role: 'write' | 'read') => (server: SqlServer) =>
    watchServer(engine, server, role, options, { log, onState })
  writeServers.push(...servers.write.map(watch('write')))
  readServers.push(...servers.read.map(watch('read')))
  await Promise.all([...writeServers, ...readServers].map((server) => server.check()))
  isChoosing = true
  onState()

  const dialect: Dialect = { ...engine.dialect, createDriver: () => noDriver }
  const compiler = dialect.createQueryCompiler()
  const adapter = dialect.createAdapter()
  const propsWith = (executor: QueryExecutor) => ({ config: { dialect }, dialect, driver: noDriver, executor })
  const executorOn = (provider: ConnectionProvider) => new DefaultQueryExecutor(compiler, adapter, provider)

  async function using<T>(
    server: WatchedServer,
    until: number,
    work: (connection: SqlConnection) => Promise<T>,
  ): Promise<T> {
    const connection = await server.pool.acquire(until)
    try {
      return await work(connection)
    } finally {
      server.pool.release(connection)
    }
  }

  type Consumer<T> = (connection: ReturnType<typeof readingConnection>) => Promise<T>

  /** True when this connection's server has come so far. What it is known to have reached is asked once, not at each read. */
  async function hasReached(server: WatchedServer, connection: SqlConnection, wanted: Position): Promise<boolean> {
    if (connection.reached && covers(connection.reached, wanted)) return true
    // Waiting for one that is known to be far behind only makes the read slower.
    const waitMs = readers.lagMs(server) > options.replicaWaitMs ? 0 : options.replicaWaitMs
    connection.reached = await engine.reached(connection.asQuery(), wanted, waitMs)
    return connection.reached !== null && covers(connection.reached, wanted)
  }

  const notReached = Symbol('not reached')

  async function readOnReplica<T>(
    wanted: Position | null,
    origin: Origin,
    consumer: Consumer<T>,
  ): Promise<T | typeof notReached> {
    for (const server of readers.candidates()) {
      // A Galera node waits for the others by itself; elsewhere an unknown position is the writer's to answer.
      const isGalera = server.state()?.isGalera === true
      if (!isGalera && wanted === null) continue
      try {
        const result = await using(server, Date.now() + options.replicaWaitMs, async (connection) => {
          if (!isGalera && !(await hasReached(server, connection, wanted as Position))) return notReached
          return consumer(readingConnection({ connection, observe, origin, server: server.name }))
        })
        if (result === notReached) continue
        counts.readsOnReplica++
        return result
      } catch (error) {
        if (!isServersFault(error)) throw error
        void server.check()
      }
    }
    return notReached
  }

  async function readOnWriter<T>(
    caller: SqlCaller | null,
    wanted: Position | null,
    origin: Origin,
    consumer: Consumer<T>,
  ): Promise<T> {
    const until = Date.now() + options.retryForMs
    for (let attempt = 0; ; attempt++) {
      const server = await writers.current(until)
      try {
        return await using(server, until, async (connection) => {
          const result = await consumer(readingConnection({ connection, observe, origin, server: server.name }))
          counts.readsOnWriter++
          if (caller && readers.count > 0) await adopt(caller, wanted, connection)
          return result
        })
      } catch (error) {
        if (troubleOf(error) === null || Date.now() > until) throw error
        await recover(server, error, attempt)
      }
    }
  }

  /** Gives a caller without a position, or with one that no commit ever had, the writer's, so that replicas can serve him from now on. */
  async function adopt(caller: SqlCaller, wanted: Position | null, connection: SqlConnection): Promise<void> {
    const known = writers.newest()
    if (wanted && known && covers(known, wanted)) return
    const before = caller.position
    try {
      const position = await engine.position(connection.asQuery())
      if (!position || caller.position !== before) return
      if (wanted === null || !covers(position, wanted)) caller.position = formatPosition(position)
    } catch (error) {
      log.debug('sql.position', { error: String(error) })
    }
  }

  /** After trouble: the server is looked at, and what comes next is not too soon. */
  async function recover(server: WatchedServer, error: unknown, attempt: number): Promise<void> {
    counts.retries++
    const trouble = troubleOf(error)
    troubles[trouble ?? 'lost']++
    if (trouble !== 'again') await server.check()
    await sleep(backoffMs(trouble === 'again' ? again : elsewhere, attempt))
  }

  async function read<T>(caller: SqlCaller | null, origin: Origin, consumer: Consumer<T>): Promise<T> {
    const wanted = caller?.position ? parsePosition(caller.position) : null
    if (caller && readers.count > 0) {
      // As one from now on, and so told to the client.
      if (wanted && caller.position?.includes(' ')) caller.position = formatPosition(wanted)
      const result = await readOnReplica(wanted, origin, consumer)
      if (result !== notReached) return result
    }
    return readOnWriter(caller, wanted, origin, consumer)
  }

  function readHandle<Tables>(caller: SqlCaller | null, origin: Origin): ReadonlyKysely<Tables> {
    const provider: ConnectionProvider = {
      provideConnection: (consumer) => read(caller, origin, consumer),
    }
    return new Kysely<Tables>(propsWith(executorOn(provider))) as unknown as ReadonlyKysely<Tables>
  }

  function advance(caller: SqlCaller, position: Position | null): void {
    if (!position) return
    writers.committed(position)
    readers.noteState()
    const before = caller.position ? parsePosition(caller.position) : null
    caller.position = formatPosition((before && mergePositions(before, position)) ?? position)
  }

  async function write<Tables, Result>(
    caller: SqlCaller,
    origin: Origin,
    work: (tx: Transaction<Tables>) => Promise<Result>,
  ): Promise<Result> {
    const until = Date.now() + options.retryForMs
    const transactionOn = (provider: ConnectionProvider) => new Transaction<Tables>(propsWith(executorOn(provider)))
    for (let attempt = 0; ; attempt++) {
      const server = await writers.current(until)
      let outcome: Attempt<Result>
      try {
        outcome = await using(server, until, (connection) =>
          attemptTransaction({
            engine,
            connection,
            marks,
            begin: { limitMs: server.state()?.isGalera ? undefined : options.checkTimeoutMs },
            seen: { observe, origin, server: server.name },
            run: (provider) => work(transactionOn(provider)),
          }),
        )
      } catch (error) {
        // No connection to be had: nothing was begun.
        if (troubleOf(error) === null || Date.now() > until) throw error
        await recover(server, error, attempt)
        continue
      }
      if (outcome.kind === 'committed') {
        advance(caller, server.state()?.isGalera ? { kind: 'galera' } : outcome.position)
        return outcome.result
      }
      if (outcome.kind === 'refused') throw outcome.error
      if (outcome.kind === 'unknown') {
        await server.check()
        const found = await resolve(outcome, until)
        counts.resolved++
        log.info('sql.commit.resolved', { isCommitted: found.isCommitted, server: server.name })
        if (found.isCommitted) {
          advance(caller, found.position)
          return outcome.result
        }
        counts.retries++
        troubles.lost++
        continue
      }
      const isEndless = outcome.trouble === 'again' && attempt >= maxAgain
      if (isEndless || Date.now() > until) throw outcome.error
      await recover(server, outcome.error, attempt)
    }
  }

  /** Throws `unavailable` when no server can tell until then: the log names the commit. */
  async function resolve(outcome: Attempt<unknown> & { readonly kind: 'unknown' }, until: number) {
    for (let attempt = 0; ; attempt++) {
      try {
        const server = await writers.current(until)
        return await using(server, until, (connection) => outcome.resolve(connection))
      } catch (error) {
        if (Date.now() > until) {
          log.error('sql.commit.unknown', { mark: outcome.mark, error: String(error) })
          throw new Failure(
            'unavailable',
            { reason: 'whether the last change was kept is not known', mark: outcome.mark },
            error,
          )
        }
        await sleep(backoffMs(elsewhere, attempt))
      }
    }
  }

  function sqlFor<Tables>(): Sql<Tables> {
    const sql: Sql<Tables> = {
      read: (caller) => readHandle(caller, originOf(sql.read)),
      readFresh: () => readHandle(null, originOf(sql.readFresh)),
      write: (caller, work) => write(caller, originOf(sql.write), work),
    }
    return sql
  }

  return {
    for: sqlFor,
    stats: () => ({ ...counts }),
    figures: () => splitFigures({ servers: [...writeServers, ...readServers], writers, readers, counts, troubles }),
    async sweep() {
      await sqlFor<{ sql_commit: { at: number } }>().write({ position: null }, (tx) =>
        tx
          .deleteFrom('sql_commit')
          .where('at', '<', Date.now() - marksKeptMs)
          .execute(),
      )
    },
    async close() {
      await Promise.all([...writeServers, ...readServers].map((server) => server.close()))
    },
  }
}

/** An error that another server may not have. */
function isServersFault(error: unknown): boolean {
  return (
    troubleOf(error) !== null ||
    (error instanceof Failure && (error.code === 'unavailable' || error.code === 'timeout'))
  )
}
