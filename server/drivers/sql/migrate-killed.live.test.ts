// `paquebot migrate apply` that ends at any of its statements: killed before the server gets it, or after it was done and before the
// answer. Whoever applies next must come to the schema that an undisturbed run makes, without a hand.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { migrations } from '#boot/database.ts'
import { Failure } from '#core/errors.ts'
import type { Engine, SqlServer } from '#drivers/sql/engine.ts'
import { loadMigrations, migrate, migrationStatus } from '#drivers/sql/migrate.ts'
import { openSingleConnection } from '#drivers/sql/single-connection.ts'
import { eventually } from '#testing/eventually.ts'
import { serverOf } from '#testing/server-sql.ts'
import { startMariadb } from '#testing/servers/mariadb.ts'
import { startPostgres } from '#testing/servers/postgres.ts'

type When = 'before' | 'after'

/** The engine with connections that die once at each statement and moment they have not died at yet. */
function dyingOnce(engine: Engine): { readonly engine: Engine; readonly deaths: readonly string[] } {
  const deaths: string[] = []
  return {
    deaths,
    engine: {
      ...engine,
      connect(server) {
        const raw = engine.connect(server)
        const dies = (when: When, sql: string, parameters: readonly unknown[]) => {
          // What differs from run to run is the time alone.
          const values = parameters.map((value) => (/^\d{4}-\d\d-\d\dT|^\d{12,}$/.test(String(value)) ? 'time' : value))
          // Where all is one transaction, a statement that was not made is as one that was: but for those around it.
          if (when === 'before' && engine.name === 'postgres' && !/^(begin|commit)/.test(sql)) return false
          const death = `${when} ${sql} ${JSON.stringify(values)}`
          if (deaths.includes(death)) return false
          deaths.push(death)
          raw.destroy()
          return true
        }
        const lost = () => Promise.reject(Object.assign(new Error('killed by the test'), { code: 'ECONNRESET' }))
        return {
          ...raw,
          async query(sql, parameters) {
            if (dies('before', sql, parameters)) return lost()
            const result = await raw.query(sql, parameters)
            return dies('after', sql, parameters) ? lost() : result
          },
        }
      },
    },
  }
}

async function apply(engine: Engine, server: SqlServer, list = migrations): Promise<void> {
  const connection = await openSingleConnection(engine, server, 20_000)
  try {
    await migrate(connection.db, list)
  } finally {
    await connection.close()
  }
}

/** Applies until nothing dies any more; returns how often it did. */
async function applyThroughDeaths(engine: Engine, server: SqlServer, list = migrations): Promise<readonly string[]> {
  const dying = dyingOnce(engine)
  for (;;) {
    const before = dying.deaths.length
    const error = await apply(dying.engine, server, list).catch((thrown: unknown) => thrown)
    if (dying.deaths.length === before) {
      assert.equal(error, undefined, `${dying.deaths.at(-1)}: ${error instanceof Failure ? error.cause : error}`)
      return dying.deaths
    }
  }
}

/** All that information_schema and the catalogue say of its tables, without the names of the database itself. */
async function schemaOf(engine: Engine, server: SqlServer): Promise<readonly string[]> {
  const own = engine.name === 'mariadb' ? 'database()' : 'current_schema()'
  const indexes =
    engine.name === 'mariadb'
      ? `select * from information_schema.statistics where table_schema = ${own}`
      : `select tablename, indexname, indexdef from pg_indexes where schemaname = ${own}`
  const questions = [
    `select * from information_schema.columns where table_schema = ${own}`,
    `select * from information_schema.table_constraints where table_schema = ${own}`,
    indexes,
    'select name from kysely_migration',
    'select * from kysely_migration_lock',
    'select * from schema_release',
  ]
  const connection = await openSingleConnection(engine, server, 20_000)
  try {
    const lines: string[] = []
    for (const question of questions) {
      const { rows } = await connection.query(question)
      for (const row of rows) {
        // Not alike: how many rows a table is thought to have, the time, and PostgreSQL's names for NOT NULL, which are made of numbers.
        const { CARDINALITY: _, applied_at: __, ...kept } = row
        const line = JSON.stringify(kept).replaceAll(server.database, 'db')
        lines.push(line.replaceAll(/\b\d+_\d+_(\d+)_not_null/g, '$1_not_null'))
      }
    }
    return lines.sort()
  } finally {
    await connection.close()
  }
}

for (const [name, start] of Object.entries({ MariaDB: startMariadb, PostgreSQL: startPostgres })) {
  describe(name, () => {
    let server: Awaited<ReturnType<typeof start>>
    let clean: readonly string[]

    async function newDatabase(): Promise<{ readonly engine: Engine; readonly server: SqlServer }> {
      const { engine, server: admin } = serverOf(server.adminDsn)
      const database = `killed_${randomUUID().replaceAll('-', '')}`
      const connection = await openSingleConnection(engine, admin, 20_000)
      await connection.query(`create database ${database}`)
      await connection.close()
      return { engine, server: { ...admin, database } }
    }

    before(async () => {
      server = await start()
      const undisturbed = await newDatabase()
      await apply(undisturbed.engine, undisturbed.server)
      clean = await schemaOf(undisturbed.engine, undisturbed.server)
    })
    after(() => server.stop())

    test('the connection dies before and after each statement: the next run ends in the schema of a clean one', async (t) => {
      const disturbed = await newDatabase()
      const deaths = await applyThroughDeaths(disturbed.engine, disturbed.server)
      assert.deepEqual(await schemaOf(disturbed.engine, disturbed.server), clean)
      const changes = deaths.filter((death) => /^after (create|alter)/.test(death))
      assert.ok(changes.length >= 45, `${changes.length} changes of the schema were killed`)
      t.diagnostic(`${deaths.length} deaths, ${changes.length} of them right after a change of the schema`)
    })

    test('kill -9 of the command itself while it makes tables', async () => {
      const { engine, server: target } = await newDatabase()
      const folder = await mkdtemp(join(tmpdir(), 'paquebot-killed-'))
      const config = join(folder, 'paquebot.toml')
      const dsn = server.adminDsn.replace(/[^/]*$/, target.database)
      await writeFile(config, `[data]\ndir = "${folder}"\n[sql]\nwrite = ["${dsn}"]\n`)
      const command = () =>
        spawn(process.execPath, ['server/main.ts', 'migrate', 'apply', '--config', config], {
          cwd: fileURLToPath(new URL('../../../', import.meta.url)),
          stdio: ['ignore', 'pipe', 'pipe'],
        })
      const watcher = await openSingleConnection(engine, target, 20_000)
      const own = engine.name === 'mariadb' ? 'database()' : 'current_schema()'
      const tables = async () => {
        const { rows } = await watcher.query(
          `select count(*) as n from information_schema.tables where table_schema = ${own}`,
        )
        return Number(rows[0]?.n)
      }
      try {
        // PostgreSQL shows none before all are there: the kill comes while the command makes them only by luck, and its end in the test above.
        for (const most of [1, 6, 12, 20]) {
          const child = command()
          const ended = once(child, 'exit')
          let hasEnded = false
          void ended.then(() => (hasEnded = true))
          await eventually(async () => hasEnded || (await tables()) > most, Boolean, 'tables are made', 60_000)
          child.kill('SIGKILL')
          await ended
        }
        const last = command()
        let output = ''
        for (const stream of [last.stdout, last.stderr]) stream.on('data', (chunk) => (output += chunk))
        assert.deepEqual((await once(last, 'close'))[0], 0, output)
        assert.match(output, /the schema is up to date/)
        assert.deepEqual(await schemaOf(engine, target), clean)
      } finally {
        await watcher.close()
        await rm(folder, { recursive: true, force: true })
      }
    })

    test('changes of rows, columns and indexes are made once, however often it dies', async () => {
      const { engine, server: target } = await newDatabase()
      await apply(engine, target)
      await withMigrations({ '203001010000-rows': rowsMigration(engine) }, async (folder) => {
        await applyThroughDeaths(engine, target, { folder, release: migrations.release })
        const connection = await openSingleConnection(engine, target, 20_000)
        const { rows } = await connection.query('select id, times, note from counted')
        assert.deepEqual(rows, [{ id: 1, times: 1, note: 'new' }])
        await connection.close()
      })
    })

    test('two at once: each ends well, and the schema is that of one', async () => {
      const { engine, server: target } = await newDatabase()
      await Promise.all([apply(engine, target), apply(engine, target)])
      assert.deepEqual(await schemaOf(engine, target), clean)
    })

    test('a table of that name that somebody else made is refused, each time, and nothing of the migration counts as done', async () => {
      const { engine, server: target } = await newDatabase()
      const connection = await openSingleConnection(engine, target, 20_000)
      await connection.query('create table session (theirs integer primary key)')
      for (let tries = 0; tries < 3; tries++) {
        const error = await migrate(connection.db, migrations).catch((thrown: unknown) => thrown)
        assert.ok(error instanceof Failure && error.detail.migration === '202611222000-sessions', String(error))
      }
      await connection.query('drop table session')
      await migrate(connection.db, migrations)
      assert.ok((await migrationStatus(connection.db, migrations.folder)).every(({ appliedAt }) => appliedAt))
      await connection.close()
      assert.deepEqual(await schemaOf(engine, target), clean)
    })
  })
}

const rowsMigration = (engine: Engine) => `export async function up(db) {
  await db.schema.createTable('counted').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('times', 'integer', (c) => c.notNull()).execute()
  await db.schema.alterTable('counted').addColumn('note', 'varchar(20)').execute()
  await db.schema.alterTable('counted').addColumn('gone', 'integer').execute()
  await db.schema.createIndex('counted_times').unique().on('counted').column('times').execute()
  await db.insertInto('counted').values({ id: 1, times: 0 }).execute()
  await db.updateTable('counted').set((eb) => ({ times: eb('times', '+', 1), note: 'new' })).execute()
  await db.schema.alterTable('counted').dropColumn('gone').execute()
  await db.schema.dropIndex('counted_times')${engine.name === 'mariadb' ? ".on('counted')" : ''}.execute()
}
`

/** Those of this code and more, in a folder of their own. */
async function withMigrations(more: Record<string, string>, work: (folder: URL) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'paquebot-migrations-'))
  try {
    for (const name of Object.keys(await loadMigrations(migrations.folder))) {
      const from = new URL(`${name}.ts`, migrations.folder).href
      await writeFile(join(path, `${name}.ts`), `export * from ${JSON.stringify(from)}\n`)
    }
    for (const [name, text] of Object.entries(more)) await writeFile(join(path, `${name}.ts`), text)
    await work(pathToFileURL(path))
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}
