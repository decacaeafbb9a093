// connect-redis, as an operator would name it: by a file of his own that makes the client.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { testSessionStore } from '#ports/session-store.contract.ts'
import { type RedisServer, startRedis } from '#testing/servers/redis.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { loadExpressStore } from './load-module.ts'
import { openModuleSessionStore } from './module.ts'
import { openSessionRegister } from './register.ts'

const file = `
import { RedisStore } from '${pathToFileURL(join(process.cwd(), 'node_modules/connect-redis/dist/connect-redis.js')).href}'
import { Redis } from '${pathToFileURL(join(process.cwd(), 'node_modules/ioredis/built/index.js')).href}'
export default (_express, { port, prefix }) => {
  const redis = new Redis(port)
  const client = {
    get: (key) => redis.get(key),
    set: (key, value, { expiration }) => redis.set(key, value, 'EX', expiration.value),
    expire: (key, seconds) => redis.expire(key, seconds),
    del: (keys) => redis.del(keys),
  }
  return Object.assign(new RedisStore({ client, prefix }), { close: () => redis.disconnect() })
}`

let shared: Promise<{ readonly server: RedisServer; readonly folder: string }> | null = null
let opened = 0
testSessionStore(async () => {
  shared ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'paquebot-module-'))
    await writeFile(join(folder, 'session-store.mjs'), file)
    return { server: await startRedis(), folder }
  })()
  const { server, folder } = await shared
  const sql = await openTestSql()
  const register = openSessionRegister(sql, systemClock)
  const options = { port: server.port, prefix: `pq${opened++}:` }
  const open = async () => {
    const store = await loadExpressStore('./session-store.mjs', options, folder)
    return openModuleSessionStore({ store, register, log: silentLog, timeoutMs: 2000 })
  }
  const [store, other] = [await open(), await open()]
  return {
    store,
    other,
    async close() {
      await Promise.all([store.close(), other.close()])
      await sql.close()
    },
  }
})

test('(the shared server ends)', async () => {
  const { server, folder } = (await shared) ?? {}
  await server?.stop()
  if (folder) await rm(folder, { recursive: true })
})
