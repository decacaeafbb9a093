// The primary of Redis dies; the Sentinels make a replica the primary.

import { backInTime, type Scenario } from '../judge/scenario.ts'
import { redisPrimary } from '../services/redis.ts'
import { until } from '../services/service.ts'
import { type HostName, redisHosts } from '../topologies/plan.ts'

export const killRedis: Scenario = {
  name: 'kill-redis',
  title: 'kill the primary of Redis',
  invariant: 'Sessions outlive the server that held them: nobody is logged out.',
  aims: backInTime,
  needs: { sessions: 'redis' },
  async run({ cluster, mark, wait }) {
    const hosts = cluster.hosts(redisHosts)
    const primary = await redisPrimary(hosts)
    await primary.signal('redis', 'KILL')
    mark(`${primary.name} killed`)
    await until(() => redisPrimary(hosts.filter(({ name }) => name !== primary.name)), 'another primary')
    mark('another primary')
    await wait(5000)
    await cluster.startService(primary.name as HostName, 'redis')
    mark(`${primary.name} is a replica`)
    await wait(3000)
  },
}
