import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import { type Log, silentLog } from '#core/log.ts'
import { buildSession, testSessionStore, testSessionStoreOutage } from '#ports/session-store.contract.ts'
import type { SessionStore } from '#ports/session-store.ts'
import { eventually } from '#testing/eventually.ts'
import { type MemcachedServer, startMemcached } from '#testing/servers/memcached.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openMemcachedSessionStore } from './memcached.ts'
import { type MemcachedHost, openMemcachedHost } from './memcached-host.ts'
import { openSessionRegister } from './register.ts'

const timing = { timeoutMs: 300, retryMs: 30 }
/** For tests in which nothing hangs: a busy machine must not pass for a dead host. */
const patient = { timeoutMs: 10_000, retryMs: 30 }

/** Two nodes over some memcached and one database. `addresses` is what the second node believes the hosts are. */
async function openCluster(
  count: number,
  options: {
    readonly log?: Log
    readonly unix?: boolean
    readonly isPatient?: boolean
    readonly onStatement?: (sql: string) => void
  } = {},
) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => startMemcached({ unix: options.unix ?? false })),
  )
  const sql = await openTestSql(options)
  const hosts: MemcachedHost[] = []
  const states = new Map<MemcachedHost, boolean>()
  const log = options.log ?? silentLog
  function node(addresses = servers.map(({ address }) => address)): SessionStore {
    const own = addresses.map((address) => {
      const host = openMemcachedHost(
        address,
        { log, onState: (isUp) => states.set(host, isUp) },
        options.isPatient ? patient : timing,
      )
      return host
    })
    hosts.push(...own)
    return openMemcachedSessionStore({
      hosts: own,
      register: openSessionRegister(sql, systemClock),
      log,
      prefix: 'pq:',
    })
  }
  return {
    servers,
    sql,
    node,
    /** Until every node sees the server so. */
    async seen(server: MemcachedServer, isUp: boolean) {
      const own = hosts.filter(({ name }) => name === server.address)
      await eventually(
        () => own.every((host) => states.get(host) === isUp),
        Boolean,
        `${server.address} is not seen ${isUp ? 'up' : 'down'}`,
      )
    },
    async close() {
      await Promise.all(hosts.map((host) => host.close()))
      await Promise.all(servers.map((server) => server.stop()))
      await sql.close()
    },
  }
}
type Cluster = Awaited<ReturnType<typeof openCluster>>

const withCluster =
  (count: number, work: (cluster: Cluster) => Promise<void>, options: Parameters<typeof openCluster>[1] = {}) =>
  async () => {
    const cluster = await openCluster(count, options)
    try {
      await work(cluster)
    } finally {
      await cluster.close()
    }
  }

testSessionStore(async () => {
  const cluster = await openCluster(3, { isPatient: true })
  return { store: cluster.node(), other: cluster.node(), close: cluster.close }
})

testSessionStoreOutage(
  async () => {
    const { servers, node, seen, close } = await openCluster(2)
    let isHung = false
    const all = (isUp: boolean) => Promise.all(servers.map((server) => seen(server, isUp)))
    return {
      store: node(),
      async kill() {
        for (const server of servers) server.kill('SIGKILL')
        await all(false)
      },
      async hang() {
        for (const server of servers) server.kill('SIGSTOP')
        isHung = true
      },
      async revive() {
        if (isHung) for (const server of servers) server.kill('SIGCONT')
        else await Promise.all(servers.map((server) => server.restart()))
        isHung = false
        await all(true)
      },
      // Memcached keeps nothing over its death; with both hosts dead there is no copy left.
      isKept: false,
      close,
    }
  },
  { boundMs: 5000 },
)

const kill = async (cluster: Cluster, server: MemcachedServer) => {
  server.kill('SIGKILL')
  await cluster.seen(server, false)
}
const restart = async (cluster: Cluster, server: MemcachedServer) => {
  await server.restart()
  await cluster.seen(server, true)
}
const ids = Array.from({ length: 30 }, (_, at) => `session-${at}`)

test(
  'one dead host of three logs nobody out; it comes back empty and is filled again, so that the next may die',
  withCluster(3, async (cluster) => {
    const [store, other] = [cluster.node(), cluster.node()]
    for (const id of ids) await store.create(buildSession({ id }))
    for (const server of cluster.servers) {
      await kill(cluster, server)
      for (const id of ids) assert.ok(await other.get(id, 2000), `${id} with one host dead`)
      await restart(cluster, server)
      for (const id of ids) assert.ok(await store.get(id, 2000), `${id} with one host empty`)
    }
    assert.equal((await other.list('a1', 2000)).length, ids.length)
  }),
)

test(
  'whoever signs in while a host is dead outlives the next death as well',
  withCluster(3, async (cluster) => {
    const store = cluster.node()
    await kill(cluster, cluster.servers[0] as MemcachedServer)
    for (const id of ids) await store.create(buildSession({ id }))
    await kill(cluster, cluster.servers[1] as MemcachedServer)
    await restart(cluster, cluster.servers[0] as MemcachedServer)
    await restart(cluster, cluster.servers[1] as MemcachedServer)
    for (const id of ids) assert.ok(await store.get(id, 2000), id)
  }),
)

// A cut is played by SIGSTOP: the process keeps what it had, and comes back with it.
test(
  'who signed out while a host was cut off stays signed out: when it is back, when the other host is empty, when both have it',
  withCluster(2, async (cluster) => {
    const [store, other] = [cluster.node(), cluster.node()]
    const [cut, good] = cluster.servers as [MemcachedServer, MemcachedServer]
    await store.create(buildSession())
    await store.create(buildSession({ id: 's2' }))
    await store.create(buildSession({ id: 'kept', account: 'a2' }))
    cut.kill('SIGSTOP')
    await store.destroy('s1')
    assert.equal(await store.destroyAll('a1'), 1)
    assert.equal(await other.get('s1', 2000), null)
    assert.ok(await other.get('kept', 2000))
    // The stale host is now the only one that remembers anything.
    await kill(cluster, good)
    cut.kill('SIGCONT')
    await cluster.seen(cut, true)
    await restart(cluster, good)
    for (const node of [store, other]) {
      for (const id of ['s1', 's2']) assert.equal(await node.get(id, 2000), null, `${id} is not revived`)
      assert.ok(await node.get('kept', 2000))
    }
    assert.deepEqual(await store.list('a1', 2000), [])
  }),
)

test(
  'a sign-out that reached no host is not acknowledged, and done when it is asked again',
  withCluster(2, async (cluster) => {
    const store = cluster.node()
    await store.create(buildSession())
    for (const server of cluster.servers) server.kill('SIGSTOP')
    await assert.rejects(store.destroy('s1'), (error) => isFailure(error, 'unavailable'))
    await assert.rejects(store.destroyAll('a1'), (error) => isFailure(error, 'unavailable'))
    for (const server of cluster.servers) server.kill('SIGCONT')
    for (const server of cluster.servers) await cluster.seen(server, true)
    await store.destroyAll('a1')
    assert.equal(await store.get('s1', 2000), null)
  }),
)

test(
  'what a host has left of ended sessions goes when the host is back, and the register forgets them',
  withCluster(2, async (cluster) => {
    const store = cluster.node()
    const [cut] = cluster.servers as [MemcachedServer]
    await store.create(buildSession())
    cut.kill('SIGSTOP')
    await store.destroy('s1')
    const rows = () =>
      cluster.sql
        .for<{ session_register: { id: string } }>()
        .readFresh()
        .selectFrom('session_register')
        .selectAll()
        .execute()
    await store.sweep(2000)
    assert.equal((await rows()).length, 1, 'remembered for the host that is away')
    cut.kill('SIGCONT')
    await cluster.seen(cut, true)
    await store.sweep(2000)
    assert.equal((await rows()).length, 0)
  }),
)

test(
  'a host that missed a change does not serve the old version, and is mended',
  withCluster(2, async (cluster) => {
    const [store, other] = [cluster.node(), cluster.node()]
    await store.create(buildSession())
    const [cut, good] = cluster.servers as [MemcachedServer, MemcachedServer]
    cut.kill('SIGSTOP')
    assert.equal(await store.replace('s1', 1, 'new'), true)
    await store.touch('s1', 5000)
    // The good host hangs as the stale one comes back: nobody can tell, and nobody is told the old version.
    good.kill('SIGSTOP')
    await other.get('s1', 6000).catch(() => {})
    cut.kill('SIGCONT')
    await cluster.seen(cut, true)
    await assert.rejects(other.get('s1', 6000), (error) => isFailure(error, 'unavailable'))
    good.kill('SIGCONT')
    await cluster.seen(good, true)
    assert.equal((await other.get('s1', 6000))?.sealed, 'new')
    await kill(cluster, good)
    assert.equal((await other.get('s1', 6000))?.sealed, 'new', 'mended')
  }),
)

test(
  'a hung host costs one request its time limit, not each of them',
  withCluster(2, async (cluster) => {
    const store = cluster.node()
    await store.create(buildSession())
    cluster.servers[0]?.kill('SIGSTOP')
    assert.ok(await store.get('s1', 2000))
    const startedAt = performance.now()
    for (let count = 0; count < 20; count++) assert.ok(await store.get('s1', 2000))
    assert.ok(performance.now() - startedAt < 20 * timing.timeoutMs, 'as long as if each had waited')
    cluster.servers[0]?.kill('SIGCONT')
  }),
)

test(
  'a host added, then another removed: nobody is logged out, and who signed out meanwhile stays so',
  withCluster(3, async (cluster) => {
    const [a, b, c] = cluster.servers.map(({ address }) => address) as [string, string, string]
    const before = cluster.node([a, b])
    const during = cluster.node([c, b, a])
    for (const id of ids) await before.create(buildSession({ id }))
    for (const id of ids) assert.ok(await during.get(id, 2000), `${id} after adding`)
    const ended = ids.slice(0, 10)
    for (const id of ended) await before.destroy(id)
    const after = cluster.node([b, c])
    for (const id of ids) {
      const isEnded = ended.includes(id)
      for (const node of [during, after]) assert.equal((await node.get(id, 2000)) === null, isEnded, id)
    }
  }),
)

test('two copies that agree ask no SQL, and keys of other software stay as they are', async () => {
  const statements: string[] = []
  await withCluster(
    2,
    async (cluster) => {
      const store = cluster.node()
      const stranger = openMemcachedHost(cluster.servers[0]?.address as string, { log: silentLog }, timing)
      await stranger.add('someone-elses', 'value', 1000)
      await store.create(buildSession())
      statements.length = 0
      assert.ok(await store.get('s1', 2000))
      assert.deepEqual(statements, [])
      await store.destroyAll('a1')
      await store.sweep(1e15)
      assert.equal((await stranger.gets('someone-elses'))?.value, 'value')
      await stranger.close()
    },
    { onStatement: (text) => statements.push(text) },
  )()
})

test('a session lost with all its copies is told to the log, not passed over', async () => {
  const events: string[] = []
  const log: Log = { ...silentLog, warn: (event) => events.push(event), with: () => log }
  await withCluster(
    2,
    async (cluster) => {
      const store = cluster.node()
      await store.create(buildSession())
      for (const server of cluster.servers) await server.restart()
      for (const server of cluster.servers) await cluster.seen(server, true)
      const lost = await eventually(
        () => store.get('s1', 100_000).catch(() => undefined),
        (session) => session !== undefined,
        'the hosts are back',
      )
      assert.equal(lost, null)
      assert.ok(events.includes('session.lost'))
    },
    { log },
  )()
})

test(
  'unix sockets do as well',
  withCluster(
    2,
    async (cluster) => {
      const store = cluster.node()
      await store.create(buildSession({ label: 'täglich 📬' }))
      assert.equal((await store.get('s1', 2000))?.label, 'täglich 📬')
    },
    { unix: true },
  ),
)
