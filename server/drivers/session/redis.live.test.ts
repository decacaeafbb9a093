import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { connectRedis, type RedisConfig } from '#drivers/redis/connect.ts'
import { buildSession, testSessionStore, testSessionStoreOutage } from '#ports/session-store.contract.ts'
import { eventually } from '#testing/eventually.ts'
import { type RedisServer, startRedis, startRedisCluster, startRedisSentinel } from '#testing/servers/redis.ts'
import { openRedisSessionStore } from './redis.ts'

const plain: RedisConfig = {
  kind: 'single',
  servers: [],
  masterName: 'sessions',
  username: null,
  password: null,
  sentinelUsername: null,
  sentinelPassword: null,
  database: 0,
  tls: false,
  tlsCa: null,
  timeoutMs: 1000,
}

function openStore(
  config: Partial<RedisConfig>,
  options: { readonly replicas?: number; readonly prefix?: string } = {},
) {
  const connect = () => connectRedis({ ...plain, ...config }, 'test', silentLog)
  const { replicas = 0, prefix = 'pq:' } = options
  return openRedisSessionStore({ redis: connect(), durable: connect(), prefix, replicas, waitMs: 500 })
}

const at = (port: number) => `127.0.0.1:${port}`

let shared: Promise<RedisServer> | null = null
let opened = 0
testSessionStore(async () => {
  // One server for all; each test has a prefix, and so nothing in it.
  shared ??= startRedis()
  const { port } = await shared
  const prefix = `pq${opened++}:`
  const [store, other] = [
    openStore({ servers: [at(port)] }, { prefix }),
    openStore({ servers: [at(port)] }, { prefix }),
  ]
  return { store, other, close: async () => void (await Promise.all([store.close(), other.close()])) }
})
test('(the shared server ends)', async () => (await shared)?.stop())

testSessionStoreOutage(
  async () => {
    const server = await startRedis()
    const store = openStore({ servers: [at(server.port)], timeoutMs: 300 })
    let isHung = false
    return {
      store,
      kill: async () => server.kill('SIGKILL'),
      async hang() {
        server.kill('SIGSTOP')
        isHung = true
      },
      async revive() {
        if (isHung) server.kill('SIGCONT')
        else await server.restart()
        isHung = false
      },
      isKept: true,
      async close() {
        await store.close()
        await server.stop()
      },
    }
  },
  { boundMs: 8000 },
)

test('TLS with a CA of its own, as an ACL user that may see our keys alone; another CA or password is refused', async () => {
  const user = { name: 'webmail', password: 'correct-horse', prefix: 'pq:' }
  const server = await startRedis({ tls: true, user })
  const config = {
    servers: [at(server.port)],
    tls: true,
    tlsCa: server.caPath,
    username: user.name,
    password: user.password,
  }
  const store = openStore(config)
  const refused = [
    openStore({ ...config, tlsCa: null }),
    openStore({ ...config, password: 'wrong' }),
    openStore({ ...config, tls: false }),
  ]
  try {
    await store.create(buildSession())
    await store.touch('s1', 2000)
    assert.equal(await store.replace('s1', 1, 'new'), true)
    assert.equal((await store.list('a1', 2000)).length, 1)
    assert.equal(await store.destroyAll('a1'), 1)
    for (const other of refused) {
      await assert.rejects(other.get('s1', 2000), (error) => isFailure(error, 'unavailable'))
    }
  } finally {
    await Promise.all([store, ...refused].map((one) => one.close()))
    await server.stop()
  }
})

test('in a Cluster a session is found wherever its key lies; keys of other software stay as they are', async () => {
  const cluster = await startRedisCluster()
  const servers = cluster.nodes.slice(0, 1).map(({ port }) => at(port))
  const [store, other] = [openStore({ kind: 'cluster', servers }), openStore({ kind: 'cluster', servers })]
  try {
    await cluster.nodes[0]?.cli('-c', 'set', 'someone-elses', 'value')
    const ids = Array.from({ length: 12 }, (_, index) => `s${index}`)
    await Promise.all(ids.map((id) => store.create(buildSession({ id }))))
    for (const id of ids) assert.ok(await other.get(id, 2000))
    await other.touch('s1', 3000)
    assert.equal((await store.get('s1', 4000))?.lastSeenAt, 3000)
    assert.equal(await other.replace('s2', 1, 'new'), true)
    assert.equal((await store.list('a1', 2000)).length, 12)
    const sizes = await Promise.all(cluster.nodes.map(async (node) => Number(await node.cli('dbsize'))))
    assert.ok(sizes.filter((size) => size > 0).length > 1, `on more than one server: ${sizes}`)
    assert.equal(await other.destroyAll('a1', 's3'), 11)
    assert.deepEqual(
      (await store.list('a1', 2000)).map(({ id }) => id),
      ['s3'],
    )
    assert.match((await cluster.nodes[0]?.cli('-c', 'get', 'someone-elses')) ?? '', /value/)
  } finally {
    await Promise.all([store.close(), other.close()])
    await cluster.stop()
  }
})

test('the primary dies: what was acknowledged is there on the next, nobody is told «no session», and an unreplicated sign-in is none', async () => {
  const set = await startRedisSentinel({ replicas: 2 })
  const store = openStore({ kind: 'sentinel', servers: set.sentinelPorts.map(at) }, { replicas: 1 })
  try {
    await store.create(buildSession())
    await store.create(buildSession({ id: 's2' }))
    await store.destroy('s2')
    const primary = await set.primary()
    const outcomes: unknown[] = []
    const acknowledged: string[] = []
    let isOver = false
    const user = (async () => {
      for (let count = 0; !isOver; count++) {
        outcomes.push(await store.get('s1', 2000).catch((error: unknown) => error))
        const id = `n${count}`
        await store.create(buildSession({ id })).then(
          () => acknowledged.push(id),
          () => {},
        )
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    await eventually(
      () => acknowledged.length,
      (count) => count > 5,
      'sign-ins before',
    )
    primary.kill('SIGKILL')
    await eventually(() => isFailure(outcomes.at(-1), 'unavailable'), Boolean, 'the death is noticed')
    await eventually(
      () => outcomes.at(-1),
      (last) => (last as { id?: string })?.id === 's1',
      'another primary serves',
      30_000,
    )
    isOver = true
    await user
    assert.deepEqual(
      outcomes.filter((outcome) => outcome === null),
      [],
    )
    for (const id of acknowledged) assert.ok(await store.get(id, 2000), `${id} was acknowledged`)
    assert.equal(await store.get('s2', 2000), null, 'a sign-out is not undone')
    // Both replicas of the new primary are away: it alone has what it is told.
    for (const node of set.nodes) if (node.port !== (await set.primary()).port) node.kill('SIGKILL')
    await assert.rejects(store.create(buildSession({ id: 'alone' })), (error) => isFailure(error, 'unavailable'))
    await eventually(
      () => store.get('alone', 2000),
      (found) => found === null,
      'taken back',
    )
  } finally {
    await store.close()
    await set.stop()
  }
})
