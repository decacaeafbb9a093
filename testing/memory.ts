// How much memory a test's process takes, node and test alike.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Octets in use. What is only not collected yet depends on the machine: it is, here. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  collect ??= runInNewContext('gc') as () => void
  // Twice: buffers are given back behind the first.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Octets by which the memory in use rose above its start while `work` ran. */
export async function risenBytes(work: () => Promise<void>): Promise<number> {
  const start = usedBytes()
  let most = start
  const sampling = setInterval(() => (most = Math.max(most, usedBytes())), 100)
  try {
    await work()
  } finally {
    clearInterval(sampling)
  }
  return most - start
}
