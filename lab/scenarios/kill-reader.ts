// The database server that only reads are sent to dies.

import { type Scenario, served } from '../judge/scenario.ts'
import type { HostName } from '../topologies/plan.ts'
import { readerOf } from './reader.ts'

export const killReader: Scenario = {
  name: 'kill-reader',
  title: 'kill the reader',
  invariant: 'Reads go to the writer while there is no replica, and the replica is taken back by itself.',
  aims: served,
  async run({ cluster, mark, wait }) {
    const { database } = cluster
    const reader = await readerOf(cluster)
    await reader.signal(database.daemon, 'KILL')
    mark(`${reader.name} killed`)
    await wait(6000)
    await cluster.startService(reader.name as HostName, database.daemon)
    mark(`${reader.name} is back`)
    await wait(3000)
  },
}
