// What nodes share besides the database: the session store and the change bus that the configuration names. A fault that the
// configuration's own checks cannot see, such as a store without servers, is told as they tell theirs.

import { BadConfig, type Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { openRedisChangeBus } from '#drivers/bus/redis.ts'
import { openSqlChangeBus } from '#drivers/bus/sql.ts'
import { connectRedis, type RedisClient } from '#drivers/redis/connect.ts'
import { loadExpressStore } from '#drivers/session/load-module.ts'
import { openMemcachedSessionStore } from '#drivers/session/memcached.ts'
import { openMemcachedHost } from '#drivers/session/memcached-host.ts'
import { openModuleSessionStore } from '#drivers/session/module.ts'
import { openRedisSessionStore } from '#drivers/session/redis.ts'
import { openSessionRegister } from '#drivers/session/register.ts'
import { openSqlSessionStore } from '#drivers/session/sql.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { SessionStore } from '#ports/session-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'

export interface SharedParts {
  readonly sessionStore: SessionStore
  readonly bus: ChangeBus
  close(): Promise<void>
}

export interface SharedPartsDeps {
  readonly config: Pick<Config, 'session' | 'sessionModule' | 'memcached' | 'redis' | 'bus'>
  readonly sql: SqlDatabase
  readonly clock: Clock
  readonly log: Log
}

const busBeatMs = 1000

export async function openSharedParts(deps: SharedPartsDeps): Promise<SharedParts> {
  checkSharedParts(deps.config)
  const sessionStore = await openStore(deps)
  const bus = openBus(deps)
  return {
    sessionStore,
    bus,
    async close() {
      await bus.close()
      await sessionStore.close()
    },
  }
}

/** Throws BadConfig for what no section can tell by itself. */
export function checkSharedParts({ session, memcached, redis, bus, sessionModule }: SharedPartsDeps['config']): void {
  const missing = (where: string, who: string) => ({ where, what: `is empty, but ${who} needs it` })
  const faults = []
  if (session.store === 'memcached' && memcached.hosts.length === 0)
    faults.push(missing('memcached.hosts', '[session] store = "memcached"'))
  if (session.store === 'module' && sessionModule.module === null)
    faults.push(missing('session_module.module', '[session] store = "module"'))
  if (redis.servers.length === 0) {
    if (session.store === 'redis') faults.push(missing('redis.servers', '[session] store = "redis"'))
    if (bus.driver === 'redis') faults.push(missing('redis.servers', '[bus] driver = "redis"'))
  }
  if (faults.length > 0) throw new BadConfig(faults)
}

async function openStore({ config, sql, clock, log }: SharedPartsDeps): Promise<SessionStore> {
  const { memcached } = config
  switch (config.session.store) {
    case 'sql':
      return openSqlSessionStore(sql)
    case 'memcached': {
      if (memcached.hosts.length === 1) log.warn('session.oneHost', { hosts: memcached.hosts })
      const timing = { timeoutMs: memcached.timeout, retryMs: memcached.retry }
      return openMemcachedSessionStore({
        hosts: memcached.hosts.map((address) => openMemcachedHost(address, { log }, timing)),
        register: openSessionRegister(sql, clock),
        log,
        prefix: memcached.prefix,
      })
    }
    case 'redis':
      return openRedisSessionStore({
        redis: redisClient(config, 'sessions', log),
        durable: redisClient(config, 'sign-in', log),
        prefix: config.redis.prefix,
        replicas: config.redis.replicas,
        waitMs: config.redis.timeout / 2,
      })
    case 'module': {
      const { module, options, timeout } = config.sessionModule
      return openModuleSessionStore({
        store: await loadExpressStore(module ?? '', options, process.cwd()),
        register: openSessionRegister(sql, clock),
        log,
        timeoutMs: timeout,
      })
    }
  }
}

function openBus({ config, sql, clock, log }: SharedPartsDeps): ChangeBus {
  if (config.bus.driver === 'sql') return openSqlChangeBus({ sql: sql.for(), clock, log, pollMs: config.bus.poll })
  return openRedisChangeBus({
    redis: redisClient(config, 'publish', log),
    subscriber: redisClient(config, 'subscribe', log),
    prefix: config.redis.prefix,
    log,
    beatMs: busBeatMs,
  })
}

function redisClient({ redis }: SharedPartsDeps['config'], role: string, log: Log): RedisClient {
  return connectRedis({ ...redis, timeoutMs: redis.timeout }, role, log)
}
