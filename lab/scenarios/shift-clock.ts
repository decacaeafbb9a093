// The clock of one node is ten minutes ahead.

import { type Scenario, served } from '../judge/scenario.ts'
import { setEnvironment } from '../services/paquebot.ts'
import { restartNode } from './restart-node.ts'

export const shiftClock: Scenario = {
  name: 'shift-clock',
  title: 'clock of one node 10 minutes off',
  invariant: 'Leases, sessions and sends do not depend on clocks that agree.',
  aims: served,
  async run(stage) {
    const { cluster, mark, wait } = stage
    const host = cluster.host('app2')
    setEnvironment(host, { NODE_OPTIONS: `--import=${new URL('../services/ten-minutes-ahead.ts', import.meta.url)}` })
    await restartNode(stage, 'app2')
    mark('the clock of app2 is 10 minutes ahead')
    await wait(12_000)
    setEnvironment(host, {})
    await restartNode(stage, 'app2')
    mark('it is right again')
  },
}
