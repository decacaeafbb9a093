// Every node is told to end and started again, one after the other.

import { type Scenario, unnoticed } from '../judge/scenario.ts'
import { nodes } from '../topologies/plan.ts'
import { restartNode } from './restart-node.ts'

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  title: 'rolling restart of all nodes',
  invariant: 'The whole cluster can be restarted under load.',
  aims: unnoticed,
  async run(stage) {
    for (const name of nodes) await restartNode(stage, name)
  },
}
