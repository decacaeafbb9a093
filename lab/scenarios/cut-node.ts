// One node loses its way to a part that all others still reach. It says so at /readyz, and the balancers send people elsewhere.

import type { Scenario, Stage } from '../judge/scenario.ts'
import { served } from '../judge/scenario.ts'
import { addressOf, floating, type HostName, mailHosts, memcachedHosts, redisHosts } from '../topologies/plan.ts'

const cut = (name: string, what: string, addresses: (stage: Stage) => readonly string[]): Scenario => ({
  name,
  title: `cut one node off from ${what}`,
  invariant: `A node without ${what} costs nobody anything: the others serve.`,
  aims: served,
  async run(stage) {
    const { cluster, mark, wait } = stage
    await cluster.host('app3').cut(addresses(stage))
    mark(`app3 is cut off from ${what}`)
    await wait(10_000)
    await cluster.host('app3').heal()
    mark('healed')
    await wait(3000)
  },
})

const of = (names: readonly HostName[]) => names.map(addressOf)

export const cutDatabase = cut('cut-database', 'the database', ({ cluster }) => [
  floating.sql,
  ...of(cluster.database.hosts),
])
export const cutSessions = cut('cut-sessions', 'Redis', ({ cluster }) =>
  of(cluster.settings.sessions === 'memcached' ? memcachedHosts : redisHosts),
)
export const cutMail = cut('cut-mail', 'Dovecot', () => [floating.imap, ...of(mailHosts)])
