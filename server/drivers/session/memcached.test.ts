// What two nodes do to one session at the same moment, step by step, over hosts in memory: the orders of events that real servers show
// once in a million times.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { buildSession } from '#ports/session-store.contract.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openMemcachedSessionStore } from './memcached.ts'
import type { MemcachedHost } from './memcached-host.ts'
import { openSessionRegister } from './register.ts'

interface FakeHost extends MemcachedHost {
  readonly kept: Map<string, { value: string; cas: number }>
}

function fakeHost(name: string): FakeHost {
  const kept = new Map<string, { value: string; cas: number }>()
  let last = 0
  const put = (key: string, value: string) => void kept.set(key, { value, cas: ++last })
  return {
    name,
    kept,
    async gets(key) {
      const entry = kept.get(key)
      return entry ? { value: entry.value, cas: String(entry.cas) } : null
    },
    async add(key, value) {
      if (kept.has(key)) return false
      put(key, value)
      return true
    },
    async cas(key, value, _life, cas) {
      const entry = kept.get(key)
      if (!entry) return 'gone'
      if (String(entry.cas) !== cas) return 'changed'
      put(key, value)
      return 'stored'
    },
    async delete(key) {
      kept.delete(key)
    },
    async close() {},
  }
}

async function withHosts(
  work: (
    hosts: readonly [FakeHost, FakeHost],
    open: (change?: Before) => ReturnType<typeof openMemcachedSessionStore>,
  ) => Promise<void>,
) {
  const sql = await openTestSql()
  const register = openSessionRegister(sql, systemClock)
  const hosts = [fakeHost('a'), fakeHost('b')] as const
  try {
    await work(hosts, (change) =>
      openMemcachedSessionStore({
        hosts: hosts.map((host) => ({ ...host, ...(change && wrap(host, change)) })),
        register,
        log: silentLog,
        prefix: '',
      }),
    )
  } finally {
    await sql.close()
  }
}
/** What happens on another node before a call of this one reaches the host. */
type Before = Partial<Record<keyof MemcachedHost, () => Promise<unknown>>>

function wrap(host: FakeHost, before: Before): Partial<MemcachedHost> {
  const own = host as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  return Object.fromEntries(
    Object.entries(before).map(([name, first]) => [
      name,
      async (...args: unknown[]) => {
        await first()
        return own[name]?.(...args)
      },
    ]),
  )
}

test('who signs out while another node puts a lost copy back stays signed out', () =>
  withHosts(async (hosts, open) => {
    const quick = open()
    await quick.create(buildSession())
    hosts[0].kept.clear()
    // The slow node has read, asked the register, and is about to write when the sign-out runs from start to end.
    const slow = open({ add: () => quick.destroy('s1') })
    assert.equal(await slow.get('s1', 2000), null)
    assert.equal(hosts[0].kept.size + hosts[1].kept.size, 0, 'nothing is left that two could agree on')
    assert.equal(await quick.get('s1', 2000), null)
  }))

test('two nodes that put copies back on two hosts, while a third signs out, do not make a pair that is believed', () =>
  withHosts(async (hosts, open) => {
    const quick = open()
    await quick.create(buildSession())
    const [first, second] = hosts
    const saved = [...first.kept][0] as [string, { value: string; cas: number }]
    second.kept.clear()
    const slow = open({
      add: async () => {
        await quick.destroy('s1')
        // Another slow node has just done the same the other way round.
        first.kept.set(...saved)
      },
    })
    assert.equal(await slow.get('s1', 2000), null)
    assert.equal(await quick.get('s1', 2000), null)
  }))

test('a touch or a new sealing under way when the session ends does not write it again', () =>
  withHosts(async (hosts, open) => {
    const quick = open()
    await quick.create(buildSession())
    const slow = open({ cas: () => quick.destroy('s1') })
    await slow.touch('s1', 3000)
    assert.equal(hosts[0].kept.size + hosts[1].kept.size, 0)
    await quick.create(buildSession({ id: 's2' }))
    const sealing = open({ cas: () => quick.destroy('s2') })
    assert.equal(await sealing.replace('s2', 1, 'new'), false)
    assert.equal(hosts[0].kept.size + hosts[1].kept.size, 0)
  }))

test('a list that is asked for while somebody signs in does not undo the sign-in', () =>
  withHosts(async (_hosts, open) => {
    const quick = open()
    const slow = open({ add: async () => assert.deepEqual(await quick.list('a1', 2000), []) })
    await slow.create(buildSession())
    assert.ok(await quick.get('s1', 2000))
    assert.equal((await quick.list('a1', 2000)).length, 1)
  }))

test('a node killed while it seals anew costs nobody his session, and the next seals it', () =>
  withHosts(async (hosts, open) => {
    const quick = open()
    await quick.create(buildSession())
    const dying = open({ cas: () => Promise.reject(new Error('killed')) })
    await assert.rejects(dying.replace('s1', 1, 'lost'))
    hosts[0].kept.clear()
    assert.equal((await quick.get('s1', 2000))?.sealed, 'sealed-text')
    // For a minute the dead one might still write what it was given.
    assert.equal(await quick.replace('s1', 1, 'new'), false)
  }))

test('what other software wrote under our key is no session, and is written over', () =>
  withHosts(async (hosts, open) => {
    const store = open()
    await store.create(buildSession())
    for (const [key, entry] of hosts[0].kept) hosts[0].kept.set(key, { ...entry, value: 'garbage' })
    assert.ok(await store.get('s1', 2000))
    assert.match([...hosts[0].kept.values()][0]?.value ?? '', /^\{/)
  }))

test('a copy that is behind in its version and ahead in its time is brought up to date in the one and kept in the other', async () => {
  await withHosts(async ([a, b], open) => {
    const store = open()
    await store.create(buildSession({ sealed: 'one' }))
    const [key, old] = [...b.kept][0] as [string, { value: string; cas: number }]
    // One node has replaced the credential at both, another has been seen at the second between the two.
    assert.ok(await store.replace('s1', 1, 'two'))
    b.kept.set(key, { ...old, cas: 100 })
    await open().touch('s1', 5000)
    a.kept.set(key, { value: (a.kept.get(key)?.value ?? '').replace('5000', '4000'), cas: 101 })
    for (const look of [store, open()]) {
      const session = await look.get('s1', 6000)
      assert.deepEqual([session?.sealed, session?.lastSeenAt], ['two', 5000])
    }
    assert.match(b.kept.get(key)?.value ?? '', /two.*5000|5000.*two/s)
  })
})
