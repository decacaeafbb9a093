// A node is told to end (SIGTERM), as an upgrade or systemd does.

import { type Scenario, unnoticed } from '../judge/scenario.ts'

export const drainNode: Scenario = {
  name: 'drain-node',
  title: 'SIGTERM a node',
  invariant: 'A node that is told to end finishes what it began and hands the rest on.',
  aims: unnoticed,
  async run({ cluster, mark, wait }) {
    const host = cluster.host('app2')
    await host.signal('paquebot', 'TERM')
    mark('app2 told to end')
    const asked = Date.now()
    while ((await host.isRunning('paquebot')) && Date.now() - asked < 40_000) await wait(200)
    if (await host.isRunning('paquebot')) throw new Error('the node did not end within 40 s of SIGTERM')
    mark('app2 ended')
    await wait(3000)
    await cluster.startService('app2', 'paquebot')
    mark('app2 serves again')
  },
}
