// A connection as Kysely's executor wants it. Inside a transaction it remembers the first trouble: after that every statement fails the
// same way, so that work which swallows an error can neither go on nor be committed, on any engine.

import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { Failure } from '#core/errors.ts'
import type { SqlConnection } from './connection.ts'
import type { Origin } from './origin.ts'
import type { StatementObserver } from './statement-observer.ts'

interface Seen {
  readonly connection: SqlConnection
  readonly observe: StatementObserver
  readonly origin: Origin
  readonly server: string
}

async function run<R>(seen: Seen, { sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
  const start = performance.now()
  try {
    const { rows, affected } = await seen.connection.query(sql, parameters)
    return { rows: rows as R[], ...(affected !== undefined && { numAffectedRows: affected }) }
  } finally {
    seen.observe(sql, performance.now() - start, seen.origin, seen.server)
  }
}

const noStreams = () => {
  throw new Failure('unsupported', { reason: 'rows are not streamed: read them in pages' })
}

const isWrite = ({ query, sql }: CompiledQuery) =>
  query.kind === 'RawNode' ? !/^\s*(select|with|show|explain)\b/i.test(sql) : query.kind !== 'SelectQueryNode'

/** Refuses to write, for a replica may be anybody's writer tomorrow. */
export function readingConnection(seen: Seen): DatabaseConnection {
  return {
    async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
      if (isWrite(compiled)) throw new Failure('internal', { sql: compiled.sql, reason: 'a write on a reading handle' })
      return run<R>(seen, compiled)
    },
    streamQuery: noStreams,
  }
}

export interface TransactionConnection extends DatabaseConnection {
  /** No statement passes from here on. */
  end(): void
  /** The first error that a statement met. */
  failure(): Failure | null
  /** Whether anything was changed: else a COMMIT has nothing to lose. */
  hasWritten(): boolean
}

export function transactionConnection(seen: Seen): TransactionConnection {
  let failure: Failure | null = null
  let hasWritten = false
  let isOver = false
  return {
    async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
      if (isOver) throw new Failure('internal', { sql: compiled.sql, reason: 'the transaction has ended' })
      if (failure) throw failure
      try {
        const result = await run<R>(seen, compiled)
        if (isWrite(compiled) && result.numAffectedRows !== 0n) hasWritten = true
        return result
      } catch (error) {
        failure ??= error instanceof Failure ? error : new Failure('internal', {}, error)
        throw error
      }
    },
    streamQuery: noStreams,
    end() {
      isOver = true
    },
    failure: () => failure,
    hasWritten: () => hasWritten,
  }
}
