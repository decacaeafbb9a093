import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { migrate, migrationStatus } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

const table = (name: string) => `await db.schema.createTable('${name}').addColumn('id', 'integer').execute()`
const up = (...statements: string[]) => `export async function up(db) { ${statements.join('; ')} }\n`

test('SQLite takes back what a migration that did not end had made, and a process that writes stops nobody who has nothing to apply', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paquebot-migrate-'))
  const options = { path: join(folder, 'x.sqlite'), slowStatementMs: 60_000, log: silentLog }
  const one = await openSqlite(options)
  const two = await openSqlite(options)
  try {
    const list = { folder: pathToFileURL(join(folder)), release: 1 }
    const release = `await db.schema.createTable('schema_release').addColumn('release', 'integer').addColumn('applied_at', 'integer').execute()`
    await writeFile(join(folder, '203001010000-first.ts'), up(release, table('first')))
    await writeFile(join(folder, '203001010001-second.ts'), up(table('second'), `throw new Error('ended here')`))
    const failed = await migrate(one.writer, list).catch((error: unknown) => error)
    assert.ok(failed instanceof Failure && failed.detail.migration === '203001010001-second')
    const tables = (await one.writer.introspection.getTables()).map(({ name }) => name)
    assert.deepEqual(tables, [])

    // Under another name: modules are read once.
    await rm(join(folder, '203001010001-second.ts'))
    await writeFile(join(folder, '203001010002-second.ts'), up(table('second')))
    assert.deepEqual(await migrate(one.writer, list), ['203001010000-first', '203001010002-second'])
    assert.ok((await migrationStatus(one.writer, list.folder)).every(({ appliedAt }) => appliedAt))

    await one.writer.transaction().execute(async (tx) => {
      await tx.introspection.getTables()
      assert.deepEqual(await migrate(two.writer, list), [])
    })
  } finally {
    await one.close()
    await two.close()
    await rm(folder, { recursive: true, force: true })
  }
})
