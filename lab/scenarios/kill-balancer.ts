// The machine of the active balancer loses its power: no FIN, no RST, no farewell.

import { backInTime, type Scenario } from '../judge/scenario.ts'
import { holderOf } from '../services/keepalived.ts'
import { until } from '../services/service.ts'
import { balancers, floating, type HostName } from '../topologies/plan.ts'

export const killBalancer: Scenario = {
  name: 'kill-balancer',
  title: 'power off the active balancer',
  invariant: 'The address moves to the other balancer, and people do not notice which one they have.',
  aims: backInTime,
  async run({ cluster, mark, wait }) {
    const hosts = cluster.hosts(balancers)
    const active = await holderOf(floating.web, hosts)
    if (!active) throw new Error('nobody holds the address')
    await active.powerOff()
    mark(`${active.name} has no power`)
    await until(async () => {
      if (!(await holderOf(floating.web, hosts))) throw new Error('nobody holds the address')
    }, 'the other balancer')
    mark('the other one has the address')
    await wait(5000)
    await cluster.startHost(active.name as HostName)
    mark(`${active.name} is back`)
  },
}
