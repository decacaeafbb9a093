// What migrations may have in them, over a connection that remembers: the rules of server/migrations/README.md, for all that there are.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery, type DatabaseConnection, Kysely, sql } from 'kysely'
import { Failure } from '#core/errors.ts'
import { mariadb } from './mariadb.ts'
import { resumable } from './mariadb-migration.ts'
import { loadMigrations } from './migrate.ts'
import { noDriver } from './no-driver.ts'

/** `last`: what the row of an earlier run says. */
function scripted(last: object | null, fail: (sql: string) => unknown = () => null) {
  const said: string[] = []
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery) {
      const isOfSteps = sql.includes('migration_step')
      said.push(isOfSteps ? `${sql.split(' ', 1)[0]} ${parameters.slice(1, 3)}`.trim() : sql)
      const error = fail(sql)
      if (error) throw error
      return { rows: (isOfSteps && sql.startsWith('select') && last ? [last] : []) as R[] }
    },
    streamQuery: () => assert.fail('rows are not streamed'),
  }
  const driver = { ...noDriver, acquireConnection: async () => connection, releaseConnection: async () => {} }
  return { db: new Kysely<unknown>({ dialect: { ...mariadb.dialect, createDriver: () => driver } }), said }
}

test('every migration consists of statements that a killed run can be resumed at', async () => {
  const all = Object.entries(await loadMigrations(new URL('../../migrations/', import.meta.url)))
  assert.ok(all.length >= 19)
  for (const [name, { up }] of all) {
    const { db, said } = scripted(null)
    await up(resumable(db, name))
    const statements = said.filter((one) => !/^(select|replace)/.test(one))
    // The same once more, each of them as one whose outcome is not known.
    for (const [index, statement] of statements.entries()) {
      const again = scripted({ step: index + 1, is_done: 0, statement })
      await up(resumable(again.db, name))
      const [, repeated, ...others] = again.said.filter((one) => !one.startsWith('replace'))
      assert.match(repeated ?? '', / if (not )?exists /, `${name}: ${statement}`)
      assert.deepEqual(others, statements.slice(index + 1), name)
    }
  }
})

const refused: Record<string, (db: Kysely<unknown>) => Promise<unknown>> = {
  'two changes at once': (db) =>
    db.schema.alterTable('t').addColumn('a', 'integer').addColumn('b', 'integer').execute(),
  'a rename': (db) => db.schema.alterTable('t').renameTo('u').execute(),
  'a foreign key': (db) => db.schema.alterTable('t').addForeignKeyConstraint('f', ['a'], 'u', ['a']).execute(),
  'a view': (db) => sql`create view v as select 1`.execute(db),
  'a table of a question': (db) => sql`create table t as select 1`.execute(db),
  'a question': (db) => sql`select 1`.execute(db),
}
for (const [what, up] of Object.entries(refused))
  test(`${what} is refused before anything is sent`, async () => {
    const { db, said } = scripted(null)
    await assert.rejects(
      up(resumable(db, 'm')),
      (error) => error instanceof Failure && String(error.detail.reason).includes('server/migrations/README.md'),
    )
    assert.deepEqual(said, [])
  })

const add = (db: Kysely<unknown>) => db.schema.alterTable('t').addColumn('a', 'integer').execute()
const addText = 'alter table `t` add column `a` integer'

test('what is refused does not count as begun, what was lost does', async () => {
  const answered = scripted(null, (text) => text === addText && new Failure('internal', { mariadb: 1060 }))
  await assert.rejects(add(resumable(answered.db, 'm')))
  assert.deepEqual(answered.said, ['select', 'replace 1,0', addText, 'replace 0,1'])

  let isLost = false
  const lost = scripted(
    null,
    (text) => (isLost ||= text === addText) && new Failure('unavailable', { trouble: 'lost' }),
  )
  await assert.rejects(add(resumable(lost.db, 'm')))
  assert.equal(lost.said[1], 'replace 1,0')
})

test('a migration that was changed after it was begun is not gone on with', async () => {
  const { db, said } = scripted({ step: 1, is_done: 0, statement: 'create table `t` (`a` integer)' })
  await assert.rejects(
    add(resumable(db, 'm')),
    (error) => error instanceof Failure && /another version/.test(String(error.detail.reason)),
  )
  assert.deepEqual(said, ['select'])
})

test('a change of rows is made in one transaction with the row that tells of it', async () => {
  const change = (db: Kysely<unknown>) => db.executeQuery(CompiledQuery.raw('update t set a = a + 1'))
  const first = scripted(null)
  await change(resumable(first.db, 'm'))
  assert.deepEqual(first.said, ['select', 'begin', 'replace 1,1', 'update t set a = a + 1', 'commit'])
  const done = scripted({ step: 1, is_done: 1, statement: '' })
  await change(resumable(done.db, 'm'))
  assert.deepEqual(done.said, ['select'])
  const failed = scripted(null, (text) => text.startsWith('update') && new Failure('internal', {}))
  await assert.rejects(change(resumable(failed.db, 'm')))
  assert.equal(failed.said.at(-1), 'rollback')
})
