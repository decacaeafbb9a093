// Redis with replicas and a Sentinel beside each. Both keep their configuration on the host's disk, since Sentinel rewrites it: a
// server that comes back is what it was told to be last, not what it was at first.

import type { Host } from '../net/host.ts'
import { password, redisHosts } from '../topologies/plan.ts'
import type { Service } from './service.ts'

export const sentinelName = 'lab'

export function redis(primary: string | null): Service {
  return {
    name: 'redis',
    async start(host) {
      const fresh = redisConfig(primary)
      host.write('/etc/redis-fresh.conf', fresh)
      await host.exec([
        'sh',
        '-c',
        'mkdir -p /disk/redis && test -f /disk/redis/redis.conf || cp /etc/redis-fresh.conf /disk/redis/redis.conf',
      ])
      await host.start('redis', ['redis-server', '/disk/redis/redis.conf'])
    },
    check: (host) => redisCli(host, 'PING'),
  }
}

export function sentinel(primary: string): Service {
  return {
    name: 'sentinel',
    async start(host) {
      host.write('/etc/sentinel-fresh.conf', sentinelConfig(primary))
      await host.exec([
        'sh',
        '-c',
        'mkdir -p /disk/redis && test -f /disk/redis/sentinel.conf || cp /etc/sentinel-fresh.conf /disk/redis/sentinel.conf',
      ])
      await host.start('sentinel', ['redis-sentinel', '/disk/redis/sentinel.conf'])
    },
    check: (host) => host.exec(['redis-cli', '-p', '26379', '-e', 'PING'], { timeoutMs: 1000 }),
  }
}

export function redisCli(host: Host, ...command: string[]): Promise<string> {
  return host.exec(['redis-cli', '--no-auth-warning', '-a', password, '-e', ...command], { timeoutMs: 2000 })
}

/** The one that is not a replica and has one. */
export async function redisPrimary(hosts: readonly Host[]): Promise<Host> {
  for (const host of hosts) {
    const info = host.isUp() ? await redisCli(host, 'INFO', 'replication').catch(() => '') : ''
    if (info.includes('role:master') && !info.includes('connected_slaves:0')) return host
  }
  throw new Error('no Redis is a primary with a replica')
}

function redisConfig(primary: string | null): string {
  return `port 6379
bind 0.0.0.0
dir /disk/redis
save ""
appendonly yes
appendfsync everysec
requirepass ${password}
masterauth ${password}
min-replicas-to-write 1
min-replicas-max-lag 2
repl-timeout 5
repl-ping-replica-period 1
${primary === null ? '' : `replicaof ${primary} 6379`}
`
}

function sentinelConfig(primary: string): string {
  return `port 26379
bind 0.0.0.0
protected-mode no
dir /disk/redis
sentinel monitor ${sentinelName} ${primary} 6379 ${Math.floor(redisHosts.length / 2) + 1}
sentinel auth-pass ${sentinelName} ${password}
sentinel down-after-milliseconds ${sentinelName} 1000
sentinel failover-timeout ${sentinelName} 2000
sentinel parallel-syncs ${sentinelName} 1
`
}
