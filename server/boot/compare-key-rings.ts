// Nodes whose key rings do not fit would sign one another's people out, so that a node compares its ring with those of the others before it
// serves, by fingerprints in SQL, and does not start when they disagree. The rule is that every node can open what any node
// seals: a key is given to all before it seals anywhere (`paquebot keys add`, then `keys use`).

import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { BadConfig } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import type { Sql, SqlDatabase } from '#ports/sql.ts'

interface NodeKeyRow {
  node: string
  key_id: string
  fingerprint: string
  place: number
  host: string
  seen_at: number
}

export interface NodeKeyTables {
  node_key: NodeKeyRow
}

export interface KeyRingDeps {
  readonly sql: SqlDatabase
  readonly ring: Pick<KeyRing, 'fingerprints'>
  /** Where the ring is, for the message. */
  readonly path: string
  /** Differs between the nodes, and stays when one starts again. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  readonly beatMs?: number
}

const standardBeatMs = 15_000
/** So many beats unheard, and the node is gone. */
const missedBeats = 4
/** How long the rings of nodes that are gone are remembered. */
const keepMs = 30 * 86_400_000

/** Throws BadConfig that names the keys and the nodes. `leave` takes this node's keys off the list. */
export async function joinKeyRing(deps: KeyRingDeps): Promise<{ leave(): Promise<void> }> {
  const { ring, clock, log, beatMs = standardBeatMs } = deps
  const sql = deps.sql.for<NodeKeyTables>()
  const node = createHash('sha256').update(`${hostname()}\0${deps.name}`).digest('base64url').slice(0, 22)
  // Told first, asked afterwards: of two that start together at least one sees the other.
  await tell(sql, node, deps)
  const others = await sql.readFresh().selectFrom('node_key').selectAll().where('node', '!=', node).execute()
  const faults = disagreements(ring.fingerprints, others, clock.now() - missedBeats * beatMs)
  if (faults.length > 0) {
    await forget(sql, node)
    throw new BadConfig(faults.map((what) => ({ where: deps.path, what })))
  }
  const beat = setInterval(() => {
    tell(sql, node, deps).catch((error: unknown) => log.debug('keyRing.beat', { error }))
  }, beatMs)
  beat.unref()
  return {
    async leave() {
      clearInterval(beat)
      await forget(sql, node)
    },
  }
}

type Fingerprints = KeyRing['fingerprints']

/** What is wrong between this ring and those of the others, each as a sentence; nodes not seen since `goneBefore` seal nothing. */
function disagreements(own: Fingerprints, others: readonly NodeKeyRow[], goneBefore: number): readonly string[] {
  const faults: string[] = []
  const byId = new Map(own.map(({ id, fingerprint }) => [id, fingerprint]))
  for (const { key_id, fingerprint, host } of others) {
    const ours = byId.get(key_id)
    if (ours !== undefined && ours !== fingerprint)
      faults.push(`key ${key_id} is another key than the one that ${host} has under this id (${ours}, ${fingerprint})`)
  }
  const sealing = own[0]?.id
  const running = others.filter(({ seen_at }) => Number(seen_at) >= goneBefore)
  for (const host of new Set(running.map((row) => row.host))) {
    const rows = running.filter((row) => row.host === host)
    const theirs = rows.find(({ place }) => Number(place) === 0)
    if (theirs && !byId.has(theirs.key_id))
      faults.push(`key ${theirs.key_id} is missing, with which ${host} seals (${theirs.fingerprint})`)
    if (sealing !== undefined && !rows.some(({ key_id }) => key_id === sealing))
      faults.push(
        `key ${sealing}, which this ring seals with, is missing at ${host}: add it there first, not in the first place, and start that node again`,
      )
  }
  return [...new Set(faults)]
}

function tell(sql: Sql<NodeKeyTables>, node: string, deps: KeyRingDeps): Promise<void> {
  const seen_at = deps.clock.now()
  return sql.write({ position: null }, async (tx) => {
    await tx.deleteFrom('node_key').where('node', '=', node).execute()
    await tx
      .deleteFrom('node_key')
      .where('seen_at', '<', seen_at - keepMs)
      .execute()
    const host = `${hostname()} (${deps.name})`.slice(0, 255)
    await tx
      .insertInto('node_key')
      .values(
        deps.ring.fingerprints.map(({ id, fingerprint }, place) => ({
          node,
          key_id: id,
          fingerprint,
          place,
          host,
          seen_at,
        })),
      )
      .execute()
  })
}

async function forget(sql: Sql<NodeKeyTables>, node: string): Promise<void> {
  await sql.write({ position: null }, (tx) => tx.deleteFrom('node_key').where('node', '=', node).execute())
}
