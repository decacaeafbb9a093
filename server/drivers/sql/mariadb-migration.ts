// A migration on MariaDB, where each change of the schema is a commit of its own: its statements are counted, and which one is begun
// stands in a row before it is sent. Who comes after a run that was killed leaves out what was done, and repeats the one whose outcome
// nobody heard in a form that does no harm twice (IF NOT EXISTS). Only that one: a table of that name that somebody else made is
// refused as ever. MariaDB 10.6 does or leaves each such statement whole, whatever is killed (https://mariadb.com/kb/en/atomic-ddl/).

import { CompiledQuery, type ConnectionProvider, type DatabaseConnection, Kysely, type QueryResult } from 'kysely'
import { Failure } from '#core/errors.ts'
import { mariadb } from './mariadb.ts'
import { noDriver } from './no-driver.ts'

const noneDone = { step: 0, is_done: 1, statement: '' }

/** Before the migrations are run. */
export async function prepareSteps(db: Kysely<unknown>): Promise<void> {
  await db.executeQuery(
    CompiledQuery.raw(
      'create table if not exists migration_step (migration varchar(190) primary key, step integer not null, is_done integer not null, statement text not null)',
    ),
  )
}

/** After them: those that are applied need no steps any more. What a run that was killed here leaves harms nobody. */
export async function forgetSteps(db: Kysely<unknown>): Promise<void> {
  await db.executeQuery(
    CompiledQuery.raw('delete from migration_step where migration in (select name from kysely_migration)'),
  )
}

/** What a migration is given. Throws `internal` at a statement that could not be resumed: server/migrations/README.md has the rules. */
export function resumable(db: Kysely<unknown>, migration: string): Kysely<unknown> {
  const inner = db.getExecutor()
  let number = 0
  let last: typeof noneDone | null = null

  async function readLast(connection: DatabaseConnection): Promise<typeof noneDone> {
    const { rows } = await connection.executeQuery<typeof noneDone>(
      CompiledQuery.raw('select step, is_done, statement from migration_step where migration = ?', [migration]),
    )
    return rows[0] ?? noneDone
  }

  async function note(connection: DatabaseConnection, step: number, isDone: boolean, statement: string): Promise<void> {
    await connection.executeQuery(
      CompiledQuery.raw('replace into migration_step (migration, step, is_done, statement) values (?, ?, ?, ?)', [
        migration,
        step,
        Number(isDone),
        statement,
      ]),
    )
  }

  async function changeSchema<R>(connection: DatabaseConnection, query: CompiledQuery, again: string) {
    if (last?.step === number) {
      if (last.statement !== query.sql)
        throw new Failure('internal', {
          reason: 'this migration was begun by another version of itself: apply it with that one',
          begun: last.statement,
          now: query.sql,
        })
      return connection.executeQuery<R>({ ...query, sql: again })
    }
    await note(connection, number, false, query.sql)
    try {
      return await connection.executeQuery<R>(query)
    } catch (error) {
      // Refused, and so not done; where the connection was lost nobody knows, and the row stays as it is.
      await note(connection, number - 1, true, '').catch(() => {})
      throw error
    }
  }

  async function changeRows<R>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<R>> {
    const run = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql))
    await run('begin')
    try {
      await note(connection, number, true, query.sql)
      const result = await connection.executeQuery<R>(query)
      await run('commit')
      return result
    } catch (error) {
      await run('rollback').catch(() => {})
      throw error
    }
  }

  async function execute<R>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<R>> {
    const again = formTwice(query.sql)
    if (again === null)
      throw new Failure('internal', {
        reason: 'not a statement that a migration may have: see server/migrations/README.md',
        sql: query.sql,
      })
    last ??= await readLast(connection)
    number++
    const done = last.is_done ? last.step : last.step - 1
    if (number <= done) return { rows: [] }
    return again === 'rows' ? changeRows(connection, query) : changeSchema(connection, query, again.sql)
  }

  const provider: ConnectionProvider = {
    provideConnection: (consumer) =>
      inner.provideConnection((connection) =>
        consumer({
          executeQuery: (query) => execute(connection, query),
          streamQuery: connection.streamQuery.bind(connection),
        }),
      ),
  }
  const dialect = { ...mariadb.dialect, createDriver: () => noDriver }
  return new Kysely({
    config: { dialect },
    dialect,
    driver: noDriver,
    executor: inner.withConnectionProvider(provider),
  })
}

// https://mariadb.com/kb/en/create-table/, /create-index/, /alter-table/: one change a statement.
const forms: readonly (readonly [RegExp, string])[] = [
  [/^create table (?:if not exists )?(`\w+` \()/, 'create table if not exists $1'],
  [/^create (unique )?index (?:if not exists )?/, 'create $1index if not exists '],
  [/^alter table (`\w+`) add column (?:if not exists )?/, 'alter table $1 add column if not exists '],
  [/^alter table (`\w+`) drop column (?:if exists )?/, 'alter table $1 drop column if exists '],
  [/^alter table (`\w+`) modify column /, 'alter table $1 modify column '],
  [/^drop index (?:if exists )?/, 'drop index if exists '],
  [/^drop table (?:if exists )?/, 'drop table if exists '],
]

/** How a change of the schema is repeated; `rows` for one of rows, which its transaction takes back; null for anything else. */
function formTwice(sql: string): { readonly sql: string } | 'rows' | null {
  if (/^(insert|update|delete) /.test(sql)) return 'rows'
  if (/^alter table .*, (add|drop|modify|change|rename) /s.test(sql)) return null
  for (const [form, again] of forms) if (form.test(sql)) return { sql: sql.replace(form, again) }
  return null
}
