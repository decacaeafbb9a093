// `paquebot sql check` on real pairs: silent about one that is set up as docs/run/database.md says, and naming each setting that is then broken.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { serverOf } from '#testing/server-sql.ts'
import { startMariadbPair } from '#testing/servers/mariadb.ts'
import { startPostgresPair } from '#testing/servers/postgres.ts'
import { checkServers } from './check.ts'

const options = { connectTimeoutMs: 5000, poolMax: 10 }

interface Pair {
  readonly writer: { dsn(): string; sql(text: string): Promise<string> }
  readonly replica: Pair['writer']
}

const check = (pair: Pair, read: readonly string[] = [pair.replica.dsn()]) => {
  const { engine, server } = serverOf(pair.writer.dsn())
  return checkServers(engine, { write: [server], read: read.map((dsn) => serverOf(dsn).server) }, options)
}
const faultsOf = async (...args: Parameters<typeof check>) =>
  (await check(...args)).filter(({ level }) => level !== 'ok').map(({ text }) => text)

describe('MariaDB', () => {
  let pair: Awaited<ReturnType<typeof startMariadbPair>>
  before(async () => {
    pair = await startMariadbPair()
    await pair.writer.sql('create table paquebot.first (a int)')
  })
  after(() => pair.stop())

  test('a pair as we document it has no fault', async () => {
    const found = await eventually(
      () => faultsOf(pair),
      (faults) => faults.length === 0,
      'no faults',
    )
    assert.deepEqual(found, [])
  })

  for (const [name, onWriter, back, expected] of [
    [
      'semi-sync off',
      'rpl_semi_sync_master_enabled=0',
      'rpl_semi_sync_master_enabled=1',
      /rpl_semi_sync_master_enabled/,
    ],
    ['a disk that is not waited for', 'sync_binlog=0', 'sync_binlog=1', /sync_binlog/],
    [
      'a log that is not flushed',
      'innodb_flush_log_at_trx_commit=2',
      'innodb_flush_log_at_trx_commit=1',
      /innodb_flush/,
    ],
    ['a writer that may not be written to', 'read_only=1', 'read_only=0', /none of sql.write/],
  ] as const) {
    test(`${name} is named`, async () => {
      await pair.writer.sql(`set global ${onWriter}`)
      const faults = await faultsOf(pair)
      await pair.writer.sql(`set global ${back}`)
      assert.match(faults.join('\n'), expected)
    })
  }

  test('two writers at once, a replica that stopped, and one that is late are named', async () => {
    const { engine, server } = serverOf(pair.writer.dsn())
    const both = { write: [server, serverOf(pair.replica.dsn()).server], read: [] }
    await pair.replica.sql('set global read_only=0')
    const textOf = async () => (await checkServers(engine, both, options)).map(({ text }) => text).join('\n')
    assert.match(await textOf(), /writable at once/)
    await pair.replica.sql('set global read_only=1')
    await pair.replica.sql('stop slave')
    await pair.writer.sql('create table paquebot.late (a int)')
    const stopped = (await faultsOf(pair)).join('\n')
    assert.match(stopped, /as a replica: the I\/O thread/)
    assert.match(stopped, /behind/)
    await pair.replica.sql('start slave')
  })
})

describe('PostgreSQL', () => {
  let pair: Awaited<ReturnType<typeof startPostgresPair>>
  before(async () => {
    pair = await startPostgresPair()
  })
  after(() => pair.stop())

  test('a pair as we document it has no fault; without a synchronous replica, or the right to see it, it has', async () => {
    const found = await eventually(
      () => faultsOf(pair),
      (faults) => !faults.some((text) => !/wal_receiver/.test(text)),
      'no faults',
    )
    assert.ok(found.every((text) => /wal_receiver/.test(text)))
    await pair.writer.sql("alter system set synchronous_standby_names = ''")
    await pair.writer.sql('select pg_reload_conf()')
    await eventually(
      () => faultsOf(pair),
      (faults) => faults.some((text) => /synchronous_standby_names/.test(text)),
      'named',
    )
    await pair.writer.sql('revoke pg_monitor from paquebot')
    await eventually(
      () => faultsOf(pair),
      (faults) => faults.some((text) => /pg_monitor/.test(text)),
      'named',
    )
  })
})
