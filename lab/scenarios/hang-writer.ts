// The writer hangs: it still takes connections, but answers nothing. Later it wakes up and believes that it may write.

import { backInTime, type Scenario } from '../judge/scenario.ts'
import type { HostName } from '../topologies/plan.ts'
import { untilWriterIsNot } from './writer.ts'

export const hangWriter: Scenario = {
  name: 'hang-writer',
  title: 'SIGSTOP the writer, and wake it later',
  invariant: 'A server that wakes up as a writer of the past changes nothing.',
  aims: backInTime,
  async run(stage) {
    const { cluster, mark, wait } = stage
    const { database } = cluster
    const writer = await database.writer(cluster.hosts(database.hosts))
    await writer.signal(database.daemon, 'STOP')
    mark(`${writer.name} hangs`)
    const next = await untilWriterIsNot(stage, writer)
    mark(`${next.name} may write`)
    await wait(4000)
    if (await writer.isRunning(database.daemon)) {
      await writer.signal(database.daemon, 'CONT')
      mark(`${writer.name} wakes`)
    } else {
      // PostgreSQL cannot be told to write no more: who lost the address is killed (services/postgres.ts).
      await cluster.startService(writer.name as HostName, database.daemon)
      mark(`${writer.name} had been killed, and is a replica`)
    }
    await wait(3000)
  },
}
