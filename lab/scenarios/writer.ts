// Waits for another writer than the one that was lost.

import type { Stage } from '../judge/scenario.ts'
import type { Host } from '../net/host.ts'

const maxMs = 30_000

export async function untilWriterIsNot({ cluster, wait }: Stage, lost: Host): Promise<Host> {
  const others = cluster.hosts(cluster.database.hosts).filter(({ name }) => name !== lost.name)
  for (const end = Date.now() + maxMs; ; await wait(100)) {
    try {
      return await cluster.database.writer(others)
    } catch (error) {
      if (Date.now() > end) throw new Error(`no other writer within ${maxMs / 1000} s`, { cause: error })
    }
  }
}
