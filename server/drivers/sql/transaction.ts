// One attempt at a transaction on one connection, and what became of it. An attempt ends as committed, as surely not committed, or as
// unknown with a way to find out; what is done then is split.ts's.

import type { ConnectionProvider } from 'kysely'
import { Failure, isFailure } from '#core/errors.ts'
import { type CommitMarks, wasCommitted } from './commit-marks.ts'
import type { SqlConnection } from './connection.ts'
import type { CommitMark, Engine, Trouble } from './engine.ts'
import { type TransactionConnection, transactionConnection } from './kysely-connection.ts'
import type { Origin } from './origin.ts'
import type { Position } from './position.ts'
import type { StatementObserver } from './statement-observer.ts'

export type Attempt<Result> =
  | { readonly kind: 'committed'; readonly result: Result; readonly position: Position | null }
  /** Not committed, and not worth repeating: the work or the database said no. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Not committed; may be repeated. */
  | { readonly kind: 'troubled'; readonly trouble: Trouble; readonly error: unknown }
  | {
      readonly kind: 'unknown'
      readonly result: Result
      readonly mark: string
      resolve(connection: SqlConnection): Promise<{ readonly isCommitted: boolean; readonly position: Position | null }>
    }

export interface AttemptDeps<Result> {
  readonly engine: Engine
  readonly connection: SqlConnection
  readonly marks: CommitMarks
  /** The first word on a connection that may be dead: it gets less time. */
  readonly begin: { readonly limitMs: number | undefined }
  readonly seen: { readonly observe: StatementObserver; readonly origin: Origin; readonly server: string }
  run(provider: ConnectionProvider): Promise<Result>
}

export async function attemptTransaction<Result>(deps: AttemptDeps<Result>): Promise<Attempt<Result>> {
  const { connection } = deps
  try {
    await connection.query('begin', [], deps.begin.limitMs)
  } catch (error) {
    connection.destroy()
    return { kind: 'troubled', trouble: troubleIn(error) ?? 'lost', error }
  }
  const inside = transactionConnection({ ...deps.seen, connection })
  let result: Result
  try {
    result = await deps.run({ provideConnection: (consumer) => consumer(inside) })
    const failure = inside.failure()
    if (failure) throw failure
  } catch (error) {
    return rollBack(deps, inside, error)
  } finally {
    inside.end()
  }
  return commit(deps, inside, result)
}

async function rollBack<Result>(
  { connection }: AttemptDeps<Result>,
  inside: TransactionConnection,
  error: unknown,
): Promise<Attempt<Result>> {
  // Lost connections roll back by themselves. One that cannot say that it did is not used again.
  if (connection.isOpen) await connection.query('rollback', []).catch(() => connection.destroy())
  const failure = inside.failure()
  const trouble = troubleIn(failure)
  return trouble ? { kind: 'troubled', trouble, error: failure } : { kind: 'refused', error }
}

async function commit<Result>(
  deps: AttemptDeps<Result>,
  inside: TransactionConnection,
  result: Result,
): Promise<Attempt<Result>> {
  const { engine, connection, marks } = deps
  const mark = inside.hasWritten() ? marks.take() : null
  try {
    const position = await engine.commit(connection.asQuery(), mark)
    if (mark) marks.done(mark)
    return { kind: 'committed', result, position }
  } catch (error) {
    // Nothing was changed: there is nothing that could be lost.
    if (!mark) return { kind: 'committed', result, position: null }
    // A deadlock or a conflict of certification: the server said itself that it took the transaction back.
    if (troubleIn(error) === 'again') {
      if (connection.isOpen) await connection.query('rollback', []).catch(() => connection.destroy())
      marks.done(mark)
      return { kind: 'troubled', trouble: 'again', error }
    }
    connection.destroy()
    return {
      kind: 'unknown',
      result,
      mark: `${mark.slot}/${mark.mark}`,
      resolve: (other) => resolve(engine, other, mark),
    }
  }
}

async function resolve(engine: Engine, connection: SqlConnection, mark: CommitMark) {
  const query = connection.asQuery()
  const insertVoid = async (sql: string) => {
    await query('begin')
    try {
      await query(sql)
      await query('commit')
      return true
    } catch (error) {
      await query('rollback').catch(() => connection.destroy())
      if (isFailure(error, 'conflict')) return false
      throw error
    }
  }
  const isCommitted = await wasCommitted(mark, insertVoid, query)
  return { isCommitted, position: isCommitted ? await engine.position(query) : null }
}

function troubleIn(error: unknown): Trouble | null {
  return error instanceof Failure ? ((error.detail.trouble as Trouble | undefined) ?? null) : null
}
