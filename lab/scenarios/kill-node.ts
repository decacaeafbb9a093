// A node dies at once: its connections are reset, what it was doing is undone or done, and nobody is told.

import { type Scenario, unnoticed } from '../judge/scenario.ts'

export const killNode: Scenario = {
  name: 'kill-node',
  title: 'kill -9 a node',
  invariant: 'A node can die at any moment: no person sees more than a pause.',
  aims: unnoticed,
  async run({ cluster, mark, wait }) {
    await cluster.host('app1').signal('paquebot', 'KILL')
    mark('app1 killed')
    await wait(6000)
    await cluster.startService('app1', 'paquebot')
    mark('app1 serves again')
  },
}
