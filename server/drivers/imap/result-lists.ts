// Result lists of queries, kept compactly so that the next page costs nothing and queryChanges can compare. A list's state is the hash of
// its ids: the same on each node that has the same results, whether it ever saw the query before or not.

import type { AccountContext } from './context.ts'
import { createLru } from './row-cache.ts'

export interface ResultList {
  /** Messages, in order. */
  readonly messages: Uint32Array
  readonly state: string
  /** The index's when it was made. */
  readonly generation: number
}

export interface ResultLists {
  /** The list as it was in that state. */
  at(query: string, state: string): ResultList | null
  latest(query: string): ResultList | null
  keep(query: string, list: ResultList): void
  clear(): void
  readonly bytes: number
}

export function createResultLists(maxBytes: number): ResultLists {
  const byState = createLru<ResultList>(maxBytes)
  const latest = new Map<string, ResultList>()
  return {
    at: (query, state) => byState.get(`${query} ${state}`) ?? null,
    latest(query) {
      const list = latest.get(query)
      return list === undefined ? null : (byState.get(`${query} ${list.state}`) ?? null) && list
    },
    keep(query, list) {
      byState.set(`${query} ${list.state}`, list, list.messages.byteLength + 200)
      latest.delete(query)
      latest.set(query, list)
      if (latest.size > 256) latest.delete(latest.keys().next().value as string)
    },
    clear() {
      byState.clear()
      latest.clear()
    },
    get bytes() {
      return byState.bytes
    },
  }
}

/** 64 bits over the ids in their order. */
export function listState(ctx: AccountContext, messages: Uint32Array): string {
  const ids = ctx.index.tables.ids()
  let a = messages.length | 0
  let b = 0x9e3779b9
  for (const message of messages) {
    const at = message * 4
    a = Math.imul(a ^ (ids[at] as number), 0x85ebca6b)
    a = (a << 13) | (a >>> 19)
    b = Math.imul(b ^ (ids[at + 1] as number) ^ a, 0xc2b2ae35)
    b = (b << 15) | (b >>> 17)
  }
  const octets = Buffer.alloc(8)
  octets.writeInt32LE(a, 0)
  octets.writeInt32LE(b | 0, 4)
  return `q${octets.toString('base64url')}`
}

/** What to take out of `before` and to put into it to have `after` (RFC 8620 §5.6): no more than must move. */
export function difference(
  before: Uint32Array,
  after: Uint32Array,
): { readonly removed: number[]; readonly added: { readonly message: number; readonly index: number }[] } {
  const was = new Map<number, number>()
  before.forEach((message, at) => {
    was.set(message, at)
  })
  // Those that stand in both, by where they stood: the longest run that keeps its order stays, the others move.
  const common: number[] = []
  for (const message of after) {
    const at = was.get(message)
    if (at !== undefined) common.push(at)
  }
  const stays = new Set(longestIncreasing(common))
  const removed: number[] = []
  before.forEach((message, at) => {
    if (!stays.has(at)) removed.push(message)
  })
  const added: { message: number; index: number }[] = []
  after.forEach((message, index) => {
    const at = was.get(message)
    if (at === undefined || !stays.has(at)) added.push({ message, index })
  })
  return { removed, added }
}

function longestIncreasing(values: readonly number[]): readonly number[] {
  const tails: number[] = [] // positions in `values`
  const previous = new Int32Array(values.length).fill(-1)
  values.forEach((value, at) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((values[tails[middle] as number] as number) < value) low = middle + 1
      else high = middle
    }
    if (low > 0) previous[at] = tails[low - 1] as number
    tails[low] = at
  })
  const result: number[] = []
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] as number) result.push(values[at] as number)
  return result
}
