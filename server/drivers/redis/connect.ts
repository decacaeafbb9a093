// Connections to Redis as configured: one server, the primary that Sentinels name, or a Cluster. What stands here is what makes a
// lost server cost a bounded time: without commandTimeout and socketTimeout a server that hangs is never noticed.

import { readFileSync } from 'node:fs'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

export interface RedisConfig {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  /** `HOST:PORT`, of the server, the Sentinels or some of the Cluster's nodes; `unix:PATH` for one server. */
  readonly servers: readonly string[]
  /** What the Sentinels call the primary. */
  readonly masterName: string
  readonly username: string | null
  readonly password: string | null
  readonly sentinelUsername: string | null
  readonly sentinelPassword: string | null
  readonly database: number
  readonly tls: boolean
  /** PEM file; the system's CAs otherwise. */
  readonly tlsCa: string | null
  readonly timeoutMs: number
}

export type RedisClient = Redis | Cluster

const reconnectBaseMs = 50
const reconnectMaxMs = 200
// A connection that was cut is made anew and the command sent again, this often; each script of ours may run twice.
const maxResends = 2

/** Throws `badInput` for what no connection can be made of. Connects in the background; commands wait for it, up to `timeoutMs`. */
export function connectRedis(config: RedisConfig, role: string, log: Log): RedisClient {
  const tls = config.tls ? { ca: config.tlsCa === null ? undefined : readCa(config.tlsCa) } : undefined
  const options: RedisOptions = {
    username: config.username ?? undefined,
    password: config.password ?? undefined,
    connectionName: `paquebot-${role}`,
    connectTimeout: config.timeoutMs,
    commandTimeout: config.timeoutMs,
    // Counted from the last octet: the connection of a server that hangs is given up, not only the command.
    socketTimeout: 2 * config.timeoutMs,
    maxRetriesPerRequest: maxResends,
    retryStrategy: (attempt) => Math.min(attempt * reconnectBaseMs, reconnectMaxMs),
    // A primary that became a replica refuses writes: ask again who is the primary, and send the command there.
    reconnectOnError: (error) => (/^(READONLY|UNBLOCKED)/.test(error.message) ? 2 : false),
    tls,
  }
  const client = open(config, options)
  let isUp = true
  const changed = (up: boolean, error?: Error) => {
    if (up !== isUp) log[up ? 'info' : 'warn'](up ? 'redis.up' : 'redis.down', { role, ...(error && { error }) })
    isUp = up
  }
  // Without a listener an error would end the process; what it means for a command, the command's caller hears.
  client.on('error', (error: Error) => changed(false, error))
  client.on('ready', () => changed(true))
  keepConnecting(client)
  return client
}

/**
 * ioredis gives a client up for good when its connector is told to disconnect while it connects, which the failover detector does when a
 * Sentinel names the new primary in that very moment. Only our own farewell ends a client.
 */
function keepConnecting(client: RedisClient): void {
  let isLeaving = false
  const disconnect = client.disconnect.bind(client)
  client.disconnect = (reconnect = false) => {
    isLeaving ||= !reconnect
    disconnect(reconnect)
  }
  client.on('end', () => {
    if (isLeaving) return
    setTimeout(() => {
      // What goes wrong then is told by `error`, and ends here again.
      if (!isLeaving) client.connect().catch(() => {})
    }, reconnectMaxMs).unref()
  })
}

function open(config: RedisConfig, options: RedisOptions): RedisClient {
  const { kind, servers } = config
  const [first] = servers
  if (first === undefined) throw new Failure('badInput', { redis: 'has no servers' })
  if (kind === 'sentinel') {
    return new Redis({
      ...options,
      db: config.database,
      sentinels: servers.map(parseServer),
      name: config.masterName,
      sentinelUsername: config.sentinelUsername ?? undefined,
      sentinelPassword: config.sentinelPassword ?? undefined,
      sentinelCommandTimeout: config.timeoutMs,
      sentinelRetryStrategy: (attempt) => Math.min(attempt * reconnectBaseMs, reconnectMaxMs),
      ...(options.tls && { enableTLSForSentinelMode: true, sentinelTLS: options.tls }),
      // Told by the Sentinels, so that nobody goes on asking a primary that was replaced behind his back.
      failoverDetector: true,
      sentinelReconnectStrategy: () => 1000,
    })
  }
  if (kind === 'cluster') {
    const clusterOptions: ClusterOptions = {
      redisOptions: options,
      maxRedirections: 8,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 100,
      slotsRefreshTimeout: config.timeoutMs,
      clusterRetryStrategy: (attempt) => Math.min(attempt * reconnectBaseMs, reconnectMaxMs),
      // A certificate speaks for the name by which the node announces itself.
      dnsLookup: (address, callback) => callback(null, address),
    }
    return new Cluster(servers.map(parseServer), clusterOptions)
  }
  const where = first.startsWith('unix:') ? { path: first.slice('unix:'.length) } : parseServer(first)
  return new Redis({ ...options, ...where, db: config.database })
}

function parseServer(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text)
  if (!match) throw new Failure('badInput', { redis: text, reason: 'must be HOST:PORT' })
  return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) }
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new Failure('badInput', { redisTlsCa: path, reason: 'cannot be read' }, cause)
  }
}
