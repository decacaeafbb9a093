// No submission server for two minutes: what people send waits in the outbox.

import type { Scenario } from '../judge/scenario.ts'
import { holderOf } from '../services/keepalived.ts'
import { until } from '../services/service.ts'
import { floating, mailHosts } from '../topologies/plan.ts'

export const stopPostfix: Scenario = {
  name: 'stop-postfix',
  title: 'Postfix down for 2 minutes',
  invariant: 'Sending is accepted all the time, and every message goes out once when it can.',
  aims: { noneFails: true, slowestMs: 3000 },
  async run({ cluster, mark, wait }) {
    const hosts = cluster.hosts(mailHosts)
    await Promise.all(hosts.map((host) => host.stop('postfix')))
    mark('both are stopped')
    await wait(120_000)
    for (const name of mailHosts) await cluster.startService(name, 'postfix')
    await until(async () => {
      if (!(await holderOf(floating.smtp, hosts))) throw new Error('nobody holds the address')
    }, 'Postfix')
    mark('both serve again')
  },
}
