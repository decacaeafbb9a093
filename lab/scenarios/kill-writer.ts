// The database server that takes the writes dies; the other one takes over its address.

import { backInTime, type Scenario } from '../judge/scenario.ts'
import type { HostName } from '../topologies/plan.ts'
import { untilWriterIsNot } from './writer.ts'

export const killWriter: Scenario = {
  name: 'kill-writer',
  title: 'kill the writer',
  invariant: 'What was acknowledged is on the other server; writing goes on there.',
  aims: backInTime,
  async run(stage) {
    const { cluster, mark, wait } = stage
    const { database } = cluster
    const writer = await database.writer(cluster.hosts(database.hosts))
    await writer.signal(database.daemon, 'KILL')
    mark(`${writer.name} killed`)
    const next = await untilWriterIsNot(stage, writer)
    mark(`${next.name} may write`)
    await wait(4000)
    await cluster.startService(writer.name as HostName, database.daemon)
    mark(`${writer.name} is a replica`)
  },
}
