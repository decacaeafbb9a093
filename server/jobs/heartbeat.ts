// This node's word in the list of nodes, every few seconds, and its ear for what is wanted of it.

import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import {
  type NodeFacts,
  type NodeRecord,
  type NodeSelf,
  type NodeState,
  type Nodes,
  nodeBeatMs,
} from '#domain/nodes/index.ts'

export interface Heartbeat {
  /** As of the last beat that got through. */
  others(): readonly NodeRecord[]
  close(): Promise<void>
}

export interface HeartbeatDeps {
  readonly nodes: Pick<Nodes, 'beat' | 'leave'>
  readonly self: NodeSelf
  readonly look: () => Promise<{ readonly state: NodeState; readonly facts: NodeFacts }>
  readonly setDraining: (isDraining: boolean) => void
  readonly log: Log
  readonly everyMs?: number
}

export function startHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const { nodes, self, log, everyMs = nodeBeatMs } = deps
  let others: readonly NodeRecord[] = []
  let isClosing = false
  let wake = () => {}

  async function beat(): Promise<void> {
    try {
      const { state, facts } = await deps.look()
      const heard = await nodes.beat(self, state, facts)
      others = heard.others
      if (!isClosing) deps.setDraining(heard.wanted === 'drain')
    } catch (error) {
      // Cut off from the database a node goes on as it was told last.
      log.warn('node.beat', { code: toFailure(error).code })
    }
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      await beat()
      if (isClosing) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs * (0.9 + 0.2 * Math.random()))
        timer.unref()
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const running = run()

  return {
    others: () => others,
    async close() {
      isClosing = true
      wake()
      await running
      await nodes.leave(self)
    },
  }
}
