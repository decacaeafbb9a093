// The nodes of the cluster as they tell of themselves in SQL, every few seconds: who is there, how it is, what is wanted of it. An operator
// asks a node to drain by writing that here, from any machine that has the database; the node hears of it with its next beat.
//
// Nothing that must be right rests on this: leases have their fences, and readiness is each node's own word.

import type { Clock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Sql } from '#ports/sql.ts'
import type { NodeTables } from './tables.ts'

export type NodeState = 'ready' | 'unready' | 'draining'
export type NodeWish = 'serve' | 'drain'

export interface NodeFacts {
  readonly schema: string
  readonly inFlight: number
  readonly lagMs: number
  readonly streams: number
}

export interface NodeSelf {
  readonly name: string
  /** `HOST:PORT` that other nodes and balancers reach it by. */
  readonly address: string
  readonly version: string
  readonly startedAt: number
}

export interface NodeRecord extends NodeSelf {
  readonly state: NodeState
  readonly wanted: NodeWish
  readonly facts: NodeFacts
  /** Since it was last heard of. */
  readonly silentMs: number
  /** Silent for longer than it can be and live. */
  readonly isLost: boolean
}

export interface Nodes {
  /** At the start: what was wanted of the one before is over. */
  join(self: NodeSelf): Promise<void>
  /** Tells how it is, and hears what is wanted and who else is there. */
  beat(self: NodeSelf, state: NodeState, facts: NodeFacts): Promise<{ wanted: NodeWish; others: readonly NodeRecord[] }>
  leave(self: NodeSelf): Promise<void>
  list(): Promise<readonly NodeRecord[]>
  /** Throws notFound. */
  want(name: string, wish: NodeWish): Promise<void>
  /** Forgets those that have not been heard of for long. */
  sweep(): Promise<void>
}

export const nodeBeatMs = 2_000
const lostMs = 5 * nodeBeatMs
const forgottenMs = 86_400_000
const position = { position: null }

export function openNodes(deps: {
  readonly sql: Sql<NodeTables>
  readonly clock: Clock
  readonly log: Log
  /** New with each start. */
  readonly instance: string
}): Nodes {
  const { sql, clock, log, instance } = deps
  let isNamesakeTold = false

  async function list(): Promise<readonly NodeRecord[]> {
    const rows = await sql.readFresh().selectFrom('cluster_node').selectAll().orderBy('name').execute()
    return rows.map(readRow)
  }

  function readRow(row: NodeTables['cluster_node']): NodeRecord {
    const silentMs = Math.max(0, clock.now() - Number(row.seen_at))
    return {
      name: row.name,
      address: row.address,
      version: row.version,
      startedAt: Number(row.started_at),
      state: row.state as NodeState,
      wanted: row.wanted as NodeWish,
      facts: JSON.parse(row.facts) as NodeFacts,
      silentMs,
      isLost: silentMs > lostMs,
    }
  }

  return {
    async join(self) {
      const now = clock.now()
      const facts: NodeFacts = { schema: '', inFlight: 0, lagMs: 0, streams: 0 }
      const values = {
        instance,
        address: self.address,
        version: self.version,
        started_at: self.startedAt,
        seen_at: now,
        state: 'unready',
        wanted: 'serve',
        facts: JSON.stringify(facts),
      }
      await sql.write(position, async (tx) => {
        await tx.deleteFrom('cluster_node').where('name', '=', self.name).execute()
        await tx
          .insertInto('cluster_node')
          .values({ name: self.name, ...values })
          .execute()
      })
    },
    async beat(self, state, facts) {
      const now = clock.now()
      const isOurs = await sql.write(position, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('cluster_node')
          .set({ seen_at: now, state, facts: JSON.stringify(facts) })
          .where('name', '=', self.name)
          .where('instance', '=', instance)
          .executeTakeFirst()
        return Number(numUpdatedRows) === 1
      })
      if (!isOurs && !isNamesakeTold) {
        isNamesakeTold = true
        log.error('node.namesake', { name: self.name, description: 'another node has this name: set [node] name' })
      }
      const all = await list()
      const own = isOurs ? all.find(({ name }) => name === self.name) : undefined
      return { wanted: own?.wanted ?? 'serve', others: all.filter(({ name }) => name !== self.name) }
    },
    async leave(self) {
      await sql.write(position, async (tx) => {
        await tx.deleteFrom('cluster_node').where('name', '=', self.name).where('instance', '=', instance).execute()
      })
    },
    list,
    async want(name, wish) {
      const found = await sql.write(position, async (tx) => {
        const row = await tx.selectFrom('cluster_node').select('name').where('name', '=', name).executeTakeFirst()
        if (row) await tx.updateTable('cluster_node').set({ wanted: wish }).where('name', '=', name).execute()
        return row !== undefined
      })
      if (!found) throw new Failure('notFound', { node: name })
    },
    async sweep() {
      await sql.write(position, async (tx) => {
        await tx
          .deleteFrom('cluster_node')
          .where('seen_at', '<', clock.now() - forgottenMs)
          .execute()
      })
    },
  }
}
