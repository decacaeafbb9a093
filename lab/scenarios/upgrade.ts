// The next version, with a migration, while people work: migrate first, then one node after the other.

import { type Scenario, unnoticed } from '../judge/scenario.ts'
import { paquebotCommand, runFrom } from '../services/paquebot.ts'
import { makeNextVersion } from '../services/version.ts'
import { databaseName, nodes } from '../topologies/plan.ts'
import { restartNode } from './restart-node.ts'

export const upgrade: Scenario = {
  name: 'upgrade',
  title: 'rolling upgrade N → N+1 with a migration',
  invariant: 'Both versions serve side by side on the new schema; nobody notices which one they have.',
  aims: unnoticed,
  async run(stage) {
    const { cluster, mark } = stage
    const folder = makeNextVersion(cluster.lab)
    const [first] = nodes
    runFrom(cluster.host(first), folder)
    await paquebotCommand(cluster.host(first), 'migrate', 'apply')
    const { database } = cluster
    const writer = await database.writer(cluster.hosts(database.hosts))
    await database.query(writer, `SELECT count(*) FROM ${databaseName}.lab_upgrade`)
    mark('migrated; all nodes are of version N')
    for (const name of nodes) {
      runFrom(cluster.host(name), folder)
      await restartNode(stage, name)
    }
    mark('all nodes are of version N+1')
  },
}
