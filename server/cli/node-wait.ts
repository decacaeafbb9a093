// Waits until a node says what was wanted of it: a drain is over when nothing is in flight and no stream is open.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeRecord, Nodes } from '#domain/nodes/index.ts'

export interface WaitOutcome {
  readonly node: NodeRecord | null
  readonly isSo: boolean
}

const lookMs = 250

export async function eventualState(
  nodes: Pick<Nodes, 'list'>,
  name: string,
  verb: 'list' | 'status' | 'drain' | 'undrain',
  waitMs: number,
): Promise<WaitOutcome> {
  for (const until = performance.now() + waitMs; ; await sleep(lookMs)) {
    const node = (await nodes.list()).find((one) => one.name === name) ?? null
    const isSo = node !== null && (verb === 'drain' ? isEmpty(node) : !node.isLost && node.state !== 'draining')
    if (isSo || node === null || performance.now() >= until) return { node, isSo }
  }
}

/** One that is not heard from takes nothing either, as far as anybody can tell. */
function isEmpty({ state, facts, isLost }: NodeRecord): boolean {
  return !isLost && state === 'draining' && facts.inFlight === 0 && facts.streams === 0
}
