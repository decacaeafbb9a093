import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BadConfig, loadConfig } from '#config/load.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { assertSchema, migrate } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import { databaseServers, migrations, openDatabase } from './database.ts'

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-database-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const configWith = (sql: Record<string, unknown>, environment: Record<string, string> = {}) =>
  loadConfig({ file: null, environment, options: { sql } })

test('a slow statement is logged with where in our code it comes from', () =>
  inFolder(async (dir) => {
    const slow: { event: string; sql: string; origin: string }[] = []
    const log = {
      ...silentLog,
      warn: (event: string, fields?: object) =>
        void slow.push({ event, ...(fields as { sql: string; origin: string }) }),
    }
    const config = loadConfig({ file: null, environment: {}, options: { data: { dir }, sql: { slowStatement: 0 } } })
    const { sql } = await openDatabase({ config, log })
    slow.length = 0
    await sql.for<{ setting: { name: string } }>().readFresh().selectFrom('setting').selectAll().execute()
    await sql.for<{ setting: { name: string } }>().write({ position: null }, (tx) => tx.deleteFrom('setting').execute())
    await sql.close()
    const ours = slow.filter(({ sql }) => sql.includes('setting'))
    assert.equal(ours.length, 2)
    for (const { event, origin } of ours) {
      assert.equal(event, 'sql.slow')
      assert.match(origin, /^boot\/database\.test\.ts:\d+/)
    }
  }))

test('a node runs on the schema of its release and of the next, and says what to type on another', () =>
  inFolder(async (folder) => {
    const { writer, close } = await openSqlite({ path: join(folder, 'x'), slowStatementMs: 60_000, log: silentLog })
    const refusal = async (release: number) => {
      try {
        await assertSchema(writer, { ...migrations, release })
        return null
      } catch (error) {
        assert.ok(isFailure(error, 'unavailable'))
        return String(error.detail.reason)
      }
    }
    assert.match(String(await refusal(1)), /paquebot migrate apply/)
    await migrate(writer, { ...migrations, release: 5 })
    assert.equal(await refusal(5), null)
    assert.equal(await refusal(4), null)
    assert.match(String(await refusal(3)), /install a newer version/)
    await close()
  }))

test('the password comes from the environment or a file, and lists that do not fit are refused', async () => {
  const write = ['mariadb://p@db1/mail', 'mariadb://p:own@[::1]:3307/mail']
  const servers = await databaseServers(configWith({ write }, { PAQUEBOT_SQL_PASSWORD: 'from outside' }))
  assert.ok(servers.kind === 'servers')
  assert.deepEqual(
    servers.write.map(({ host, port, password }) => [host, port, password]),
    [
      ['db1', 3306, 'from outside'],
      ['::1', 3307, 'own'],
    ],
  )
  const refused = [
    { read: ['mariadb://p@db1/mail'] },
    { write, read: ['postgres://p@db1/mail'] },
    { write: ['mariadb://p@192.0.2.1/mail'], tls: 'verify' },
    { write: ['sqlite:/x'], read: ['mariadb://p@db1/mail'] },
  ]
  for (const sql of refused)
    await assert.rejects(databaseServers(configWith(sql)), (error) => isFailure(error, 'badInput'))
  for (const bad of ['mariadb://db1/mail', 'oracle://p@db1/mail', 'mariadb://p@db1', 'mariadb://p@db1/mail?ssl=1'])
    assert.throws(
      () => configWith({ write: [bad] }),
      (error) => error instanceof BadConfig && !error.message.includes(bad),
    )
})
