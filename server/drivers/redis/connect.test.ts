import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { silentLog } from '#core/log.ts'
import { connectRedis, type RedisConfig } from './connect.ts'

const config: RedisConfig = {
  kind: 'sentinel',
  // Nobody listens there: the client stays between two attempts.
  servers: ['127.0.0.1:1'],
  masterName: 'none',
  username: null,
  password: null,
  sentinelUsername: null,
  sentinelPassword: null,
  database: 0,
  tls: false,
  tlsCa: null,
  timeoutMs: 200,
}

// Not events.once: that would take the error before the end for its own.
const heard = (client: Redis, event: string) => new Promise<void>((resolve) => client.once(event, () => resolve()))

test('a client that was told of a failover while it was connecting connects again', async () => {
  const client = connectRedis(config, 'test', silentLog) as Redis
  assert.equal(client.status, 'connecting')
  const ended = heard(client, 'end')
  // What ioredis' failover detector does.
  const { connector } = client as unknown as { connector: { disconnect(): void } }
  connector.disconnect()
  await ended
  await heard(client, 'connecting')
  client.disconnect()
})

test('a client that we end stays so', async () => {
  const client = connectRedis(config, 'test', silentLog) as Redis
  const ended = heard(client, 'end')
  client.disconnect()
  await ended
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(client.status, 'end')
})
