// One of two memcached dies, and with it all that it held.

import { type Scenario, served } from '../judge/scenario.ts'

export const killMemcached: Scenario = {
  name: 'kill-memcached',
  title: 'kill one memcached of two',
  invariant: 'Each session is on two hosts: one that dies logs nobody out.',
  aims: served,
  needs: { sessions: 'memcached' },
  async run({ cluster, mark, wait }) {
    await cluster.host('mc1').signal('memcached', 'KILL')
    mark('mc1 killed')
    await wait(7_000)
    await cluster.startService('mc1', 'memcached')
    mark('mc1 is back, empty')
    await wait(4000)
  },
}
