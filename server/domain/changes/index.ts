// The change log: which objects of an account and type came, changed and went, in one order for all nodes.
//
// `record` runs inside the transaction that makes the change, so the log never tells of what did not happen nor misses what
// did; the counter's row lock gives one order. Publishing (ports/change-bus.ts) is the writer's, after the commit.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { Failure } from '#core/errors.ts'
import { asReader } from '#ports/sql.ts'
import { advance, forget, insertChanges, readChanges, readSeq, readState } from './store.ts'
import type { ChangeTables } from './tables.ts'
import type { LogKey, ObjectChange, ObjectChanges } from './types.ts'

export type { ChangeTables } from './tables.ts'
export type { LoggedType, ObjectChange, ObjectChanges } from './types.ts'

/** Changes kept for each account and type; who is further behind reads anew. */
const kept = 2000
/** How often a writer looks whether there are more. */
const forgetEvery = 256

/** Writes the changes to the log and returns the new state. */
export async function recordChanges<Tables extends ChangeTables>(
  transaction: Transaction<Tables>,
  key: LogKey,
  changes: readonly ObjectChange[],
): Promise<string> {
  // Kysely's handles are invariant in their tables: more tables are no harm here.
  const tx = transaction as unknown as Transaction<ChangeTables>
  if (changes.length === 0) return String(await readSeq(asReader(tx), key))
  const seq = await advance(tx, key, changes.length)
  await insertChanges(tx, key, seq - changes.length + 1, changes)
  if (seq % forgetEvery < changes.length) await forget(tx, key, kept)
  return String(seq)
}

export async function stateOf<Tables extends ChangeTables>(
  handle: ReadonlyKysely<Tables>,
  key: LogKey,
): Promise<string> {
  return String(await readSeq(handle as unknown as ReadonlyKysely<ChangeTables>, key))
}

/** RFC 8620 §5.2. Throws `cannotCalculateChanges` for a state that is unknown or forgotten. */
export async function changesSince<Tables extends ChangeTables>(
  handle: ReadonlyKysely<Tables>,
  key: LogKey,
  sinceState: string,
  maxChanges: number | null,
): Promise<ObjectChanges> {
  const db = handle as unknown as ReadonlyKysely<ChangeTables>
  const since = /^(0|[1-9]\d{0,15})$/.test(sinceState) ? Number(sinceState) : Number.NaN
  const { seq, oldest } = await readState(db, key)
  if (!(since >= oldest && since <= seq)) throw new Failure('cannotCalculateChanges', { sinceState })
  const first = new Map<string, ObjectChange['kind']>()
  const last = new Map<string, ObjectChange['kind']>()
  let reached = since
  let hasMore = false
  for (const row of await readChanges(db, key, since)) {
    if (!first.has(row.object) && maxChanges !== null && first.size >= maxChanges) {
      hasMore = true
      break
    }
    if (!first.has(row.object)) first.set(row.object, row.kind)
    last.set(row.object, row.kind)
    reached = Number(row.seq)
  }
  const lists = { created: [] as string[], updated: [] as string[], destroyed: [] as string[] }
  for (const [id, begin] of first) {
    const end = last.get(id)!
    // RFC 8620 §5.2: created and destroyed since: told of neither; created and updated: created only.
    if (begin === 'created' && end === 'destroyed') continue
    lists[end === 'destroyed' ? 'destroyed' : begin === 'created' ? 'created' : 'updated'].push(id)
  }
  return { newState: String(reached), hasMore, ...lists }
}
