import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import { connectRedis } from '#drivers/redis/connect.ts'
import { testChangeBus } from '#ports/change-bus.contract.ts'
import type { AccountChange } from '#ports/change-bus.ts'
import { eventually } from '#testing/eventually.ts'
import { type RedisServer, startRedis, startRedisCluster } from '#testing/servers/redis.ts'
import { openRedisChangeBus } from './redis.ts'

function open(ports: readonly number[], prefix: string, kind: 'single' | 'cluster' = 'single') {
  const connect = () =>
    connectRedis(
      {
        kind,
        servers: ports.map((port) => `127.0.0.1:${port}`),
        masterName: '',
        username: null,
        password: null,
        sentinelUsername: null,
        sentinelPassword: null,
        database: 0,
        tls: false,
        tlsCa: null,
        timeoutMs: 500,
      },
      'test',
      silentLog,
    )
  return openRedisChangeBus({ redis: connect(), subscriber: connect(), prefix, log: silentLog, beatMs: 200 })
}

let shared: Promise<RedisServer> | null = null
let opened = 0
testChangeBus(async () => {
  shared ??= startRedis()
  const { port } = await shared
  const prefix = `pq${opened++}:`
  const [one, other] = [open([port], prefix), open([port], prefix)]
  return { one, other, close: async () => void (await Promise.all([one.close(), other.close()])) }
})
test('(the shared server ends)', async () => (await shared)?.stop())

/** Tells until the other hears, and returns what it heard. */
async function withPair(
  ports: readonly number[],
  kind: 'single' | 'cluster',
  work: (pair: {
    readonly heard: AccountChange[]
    tell(): Promise<void>
    hears(what: string): Promise<void>
  }) => Promise<void>,
) {
  const [one, other] = [open(ports, 'pq:', kind), open(ports, 'pq:', kind)]
  const heard: AccountChange[] = []
  other.subscribe('a1', (change) => heard.push(change))
  const tell = () => one.publish({ account: 'a1', changed: { Email: null } })
  const hears = async (what: string) => {
    heard.length = 0
    await eventually(
      async () => {
        await tell()
        return heard.some(({ changed }) => 'Email' in changed)
      },
      Boolean,
      what,
      30_000,
    )
  }
  try {
    await work({ heard, tell, hears })
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

for (const how of ['killed and started again', 'hung and woken'] as const) {
  test(`a server that was ${how}: nobody’s change fails by it, and listeners hear that they missed something, then everything`, async () => {
    const server = await startRedis()
    try {
      await withPair([server.port], 'single', async ({ heard, tell, hears }) => {
        await hears('before')
        server.kill(how === 'hung and woken' ? 'SIGSTOP' : 'SIGKILL')
        // Told into the void: lost, and no error.
        await tell()
        heard.length = 0
        const startedAt = performance.now()
        if (how === 'hung and woken') {
          // As long as a subscriber needs to find out.
          await eventually(
            async () => {
              await tell()
              return performance.now()
            },
            (now) => now - startedAt > 1500,
            'time passes',
          )
          server.kill('SIGCONT')
        } else await server.restart()
        await eventually(
          () => heard.some(({ missed }) => missed),
          Boolean,
          'nobody says that something was missed',
          30_000,
        )
        await hears('after')
      })
    } finally {
      await server.stop()
    }
  })
}

test('over a Cluster', async () => {
  const cluster = await startRedisCluster()
  try {
    const ports = cluster.nodes.map(({ port }) => port)
    await withPair(ports, 'cluster', async ({ hears }) => hears('over the Cluster'))
    await withPair(ports.slice(0, 1), 'cluster', async ({ hears }) => hears('by another way in'))
  } finally {
    await cluster.stop()
  }
})

test('what is no message of ours is passed over', async () => {
  const server = await startRedis()
  try {
    await withPair([server.port], 'single', async ({ heard, hears }) => {
      await hears('before')
      heard.length = 0
      for (const text of ['', '{', '[]', 'null', '{"change":1}']) await server.cli('publish', 'pq:changes', text)
      await hears('after')
      assert.ok(heard.every(({ changed, missed }) => 'Email' in changed && !missed))
    })
  } finally {
    await server.stop()
  }
})
