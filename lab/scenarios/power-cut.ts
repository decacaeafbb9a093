// The power of the whole room goes, and comes back.

import type { Scenario } from '../judge/scenario.ts'
import { holderOf } from '../services/keepalived.ts'
import { until } from '../services/service.ts'
import { balancers, floating, mailHosts, memcachedHosts, nodes, redisHosts, webName } from '../topologies/plan.ts'

export const powerCut: Scenario = {
  name: 'power-cut',
  title: 'everything off at once and on again',
  invariant: 'What was acknowledged outlives the whole cluster, and people go on where they were.',
  aims: {},
  async run({ cluster, mark, wait }) {
    const names = cluster.hostNames.filter((name) => name !== 'people')
    await Promise.all(names.map((name) => cluster.host(name).powerOff()))
    mark('everything is off')
    await wait(3000)
    const { database } = cluster
    // Machines come back in any order; only a Galera cluster asks which one was last.
    await Promise.all([
      cluster.restartDatabase(),
      ...[...redisHosts, ...memcachedHosts, ...mailHosts, 's3' as const].map((name) => cluster.startHost(name)),
    ])
    await until(() => database.writer(cluster.hosts(database.hosts)), 'a writer')
    mark('database, Redis and mail are back')
    await Promise.all([...nodes, ...balancers].map((name) => cluster.startHost(name)))
    await until(async () => {
      if (!(await holderOf(floating.web, cluster.hosts(balancers)))) throw new Error('nobody holds the address')
      await cluster.host('people').exec(['curl', '-skf', '-m', '2', `https://${webName}/readyz`])
    }, webName)
    mark('people are served')
    await wait(5000)
  },
}
