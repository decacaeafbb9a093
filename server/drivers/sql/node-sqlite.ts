// node:sqlite behind Kysely's SQLite dialect: the few members that dialect asks for, prepared statements kept, and SQLite's
// errors told as Failures. No native build: the engine is part of Node.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { Failure } from '#core/errors.ts'

const maxPrepared = 300

// https://sqlite.org/rescode.html
const codes = { busy: 5, locked: 6, readonly: 8, ioerr: 10, full: 13, cantopen: 14, uniqueKey: 2067, primaryKey: 1555 }

/** True when another connection holds the write lock: worth waiting for. */
export function isBusy(error: unknown): boolean {
  return error instanceof Failure && error.detail.sqlite === codes.busy
}

function translate(error: unknown, sql: string): unknown {
  const code = (error as { errcode?: number }).errcode
  if (code === undefined) return error
  const detail = { sqlite: code & 0xff, sql: sql.slice(0, 200) }
  if (code === codes.uniqueKey || code === codes.primaryKey) return new Failure('conflict', detail, error)
  const passing: readonly number[] = [codes.busy, codes.locked, codes.readonly, codes.ioerr, codes.full, codes.cantopen]
  return passing.includes(code & 0xff) ? new Failure('unavailable', detail, error) : error
}

class Adapter {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  prepare(sql: string) {
    const run = <T>(work: () => T): T => {
      try {
        return work()
      } catch (error) {
        throw translate(error, sql)
      }
    }
    const statement = run(() => this.#statement(sql))
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => run(() => statement.all(...bind(parameters))),
      run: (parameters: readonly unknown[]) => run(() => statement.run(...bind(parameters))),
      iterate: (parameters: readonly unknown[]) =>
        run(() => statement.iterate(...bind(parameters))) as IterableIterator<unknown>,
    }
  }

  close(): void {
    this.#prepared.clear()
    this.#db.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql)
    if (statement) {
      // Moved to the end: the map's order is the order of use.
      this.#prepared.delete(sql)
    } else {
      statement = this.#db.prepare(sql)
      if (this.#prepared.size >= maxPrepared) this.#prepared.delete(this.#prepared.keys().next().value as string)
    }
    this.#prepared.set(sql, statement)
    return statement
  }
}

function bind(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => (typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)))
}

class TransactionalAdapter extends SqliteAdapter {
  // https://sqlite.org/lang_transaction.html: a transaction takes changes of the schema back as any others. Kysely says no, for it
  // cannot know what drivers do; with this all migrations of a run are one transaction.
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateDriver extends SqliteDriver {
  // A deferred transaction that reads first and writes later can fail half-way when another process wrote in between.
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

export function nodeSqliteDialect(path: string, options: { readonly readOnly: boolean }): Dialect {
  const database = async () => {
    const db = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 0 })
    // FULL: a commit that was acknowledged survives a power cut (promise 2).
    if (!options.readOnly) db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    return new Adapter(db)
  }
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ImmediateDriver({ database }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
