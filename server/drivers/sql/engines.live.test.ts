// The same on every engine: the contract of ports/sql.ts, and the unit tests of every domain and driver that uses a database, each on a real
// MariaDB and a real PostgreSQL.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { testSql } from '#ports/sql.contract.ts'
import { openServerSql } from '#testing/server-sql.ts'
import { startMariadb } from '#testing/servers/mariadb.ts'
import { startPostgres } from '#testing/servers/postgres.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Those that ask for a database. */
const suites = globSync('server/**/*.test.ts', { cwd: root })
  .filter((file) => !file.endsWith('.live.test.ts'))
  .filter((file) => readFileSync(`${root}${file}`, 'utf8').includes('openTestSql('))

for (const [engine, start] of Object.entries({ MariaDB: startMariadb, PostgreSQL: startPostgres })) {
  describe(engine, () => {
    let server: Awaited<ReturnType<typeof start>>
    before(async () => {
      server = await start()
    })
    after(() => server.stop())

    testSql(engine, async () => {
      const one = await openServerSql(server.adminDsn, {})
      const other = await one.openAgain()
      return {
        one,
        other,
        async close() {
          await other.close()
          await one.close()
        },
      }
    })

    test(`every suite that uses a database passes on ${engine}`, async (t) => {
      assert.ok(suites.length >= 9, suites.join(' '))
      const output = await run(['--test', '--test-isolation=none', '--test-reporter=tap', ...suites], server.adminDsn)
      t.diagnostic(`${/^# pass \d+$/m.exec(output)?.[0]} in ${suites.length} files`)
    })
  })
}

/** Throws with the failing tests' words. */
function run(args: readonly string[], dsn: string): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args],
      { cwd: root, env: { ...env, TEST_SQL: dsn }, maxBuffer: 1 << 26, timeout: 120_000 },
      (error, out, err) => {
        if (!error) return resolve(out)
        const failed = out.split('\n').filter((line) => /^\s*not ok|^\s*(error|expected|actual|location):/.test(line))
        reject(new Error(`${failed.slice(0, 60).join('\n')}\n${err.slice(-2000)}\n${out.slice(-1000)}`))
      },
    )
  })
}
