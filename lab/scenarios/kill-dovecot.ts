// The Dovecot that serves dies; the other one, over the same store, takes over its address.

import { type Scenario, servedInTime } from '../judge/scenario.ts'
import { holderOf } from '../services/keepalived.ts'
import { until } from '../services/service.ts'
import { floating, type HostName, mailHosts } from '../topologies/plan.ts'

export const killDovecot: Scenario = {
  name: 'kill-dovecot',
  title: 'kill one Dovecot of two',
  invariant: 'Mail is served by the other one, and nothing is delivered twice or not at all.',
  aims: servedInTime,
  async run({ cluster, mark, wait }) {
    const hosts = cluster.hosts(mailHosts)
    const active = await holderOf(floating.imap, hosts)
    if (!active) throw new Error('nobody holds the address')
    await active.signal('dovecot', 'KILL')
    mark(`Dovecot on ${active.name} killed`)
    await until(async () => {
      const holder = await holderOf(floating.imap, hosts)
      if (!holder || holder.name === active.name) throw new Error('the address has not moved')
    }, 'the other Dovecot')
    mark('the other one has the address')
    await wait(6000)
    await cluster.startService(active.name as HostName, 'dovecot')
    mark('it is back')
    await wait(2000)
  },
}
