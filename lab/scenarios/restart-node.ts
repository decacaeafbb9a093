// Ends a node in order and starts it again, as a rolling restart or upgrade does with each.

import type { Stage } from '../judge/scenario.ts'
import type { HostName } from '../topologies/plan.ts'

const maxDrainMs = 40_000

export async function restartNode({ cluster, mark, wait }: Stage, name: HostName): Promise<void> {
  const host = cluster.host(name)
  await host.signal('paquebot', 'TERM')
  for (const end = Date.now() + maxDrainMs; await host.isRunning('paquebot'); await wait(200)) {
    if (Date.now() > end) throw new Error(`${name} did not end within ${maxDrainMs / 1000} s of SIGTERM`)
  }
  await cluster.startService(name, 'paquebot')
  mark(`${name} restarted`)
  // The balancers believe it after two good answers.
  await wait(2000)
}
