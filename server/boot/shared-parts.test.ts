import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadConfig, loadConfig } from '#config/load.ts'
import { systemClock } from '#core/clock.ts'
import { type Log, silentLog } from '#core/log.ts'
import { buildSession } from '#ports/session-store.contract.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { checkSharedParts, openSharedParts } from './shared-parts.ts'

const load = (options: Record<string, Record<string, unknown>>) => loadConfig({ file: null, environment: {}, options })

test('a store without its servers is told with the key that is empty, all at once', () => {
  checkSharedParts(load({}))
  const faulty = [
    [load({ session: { store: 'memcached' } }), /memcached\.hosts/],
    [load({ session: { store: 'module' } }), /session_module\.module/],
    [
      load({ session: { store: 'redis' }, bus: { driver: 'redis' } }),
      /redis\.servers.*store.*\n.*redis\.servers.*driver/,
    ],
  ] as const
  for (const [config, words] of faulty) {
    assert.throws(
      () => checkSharedParts(config),
      (error) => error instanceof BadConfig && words.test(error.message),
    )
  }
})

test('an address that is none is a fault of the configuration', () => {
  for (const hosts of ['mc1', 'mc1:99999', 'http://mc1:11211', 'unix:relative', 'a:1,a:1']) {
    assert.throws(() => load({ memcached: { hosts } }), BadConfig, hosts)
    assert.throws(() => load({ redis: { servers: hosts } }), BadConfig, hosts)
  }
  assert.deepEqual(load({ memcached: { hosts: 'mc1:11211, [::1]:11211, unix:/run/m.sock' } }).memcached.hosts, [
    'mc1:11211',
    '[::1]:11211',
    'unix:/run/m.sock',
  ])
})

test('the configured store is the one that is opened, and a lone memcached is warned of', async () => {
  const sql = await openTestSql()
  const warned: string[] = []
  const log: Log = { ...silentLog, warn: (event) => void warned.push(event), with: () => log }
  const deps = { sql, clock: systemClock, log }
  const module = load({ session: { store: 'module' }, sessionModule: { module: 'memorystore', options: '{"max":10}' } })
  const opened = await openSharedParts({ ...deps, config: module })
  await opened.sessionStore.create(buildSession())
  assert.ok(await opened.sessionStore.get('s1', 2000))
  await opened.close()
  const lone = await openSharedParts({
    ...deps,
    config: load({ session: { store: 'memcached' }, memcached: { hosts: '127.0.0.1:1' } }),
  })
  await lone.close()
  assert.ok(warned.includes('session.oneHost'))
  await sql.close()
})
