// The newest messages of a large mailbox before it is in the index: by SORT's window where the server sorts, else by sequence number.
// What is read goes into the index, so that the rows asked for next are found there.
//
// A page here is the page that the index would answer: a thread's id is made of the message itself, the order is that of the index, and the
// window begins at its first row, so that what stands before a row (the rest of its thread, which collapses it) has been seen.

import { isFailure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { EmailQuery } from '#ports/mail-store.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { sortMessages } from './engine/commands/search.ts'
import type { Connection } from './engine/types.ts'
import { hash128 } from './hash.ts'
import { readRows } from './read-rows.ts'
import { checkSort } from './sort-order.ts'
import { NONE } from './tables.ts'

/** Deeper pages wait for the index. */
const MAX_DEPTH = 500
/** Messages read for each of a collapsed page, before more are asked for. */
const THREAD_FACTOR = 3
/** Without SORT: rows that are put into the order of their dates together. */
const BLOCK = 50

export interface FirstScreen {
  readonly queryState: string
  /** Down to the end of the page. */
  readonly messages: Uint32Array
  /** Of messages; null of threads, which only the index can count. */
  readonly total: number | null
}

/** Null when this is no first screen: then the index answers. */
export async function firstScreen(
  ctx: AccountContext,
  query: EmailQuery,
  signal: AbortSignal,
): Promise<FirstScreen | null> {
  const { filter, anchor, position, limit } = query
  if (filter === null || 'operator' in filter || anchor !== null || position < 0 || position + limit > MAX_DEPTH)
    return null
  if (Object.keys(filter).length !== 1 || typeof filter.inMailbox !== 'string') return null
  const [by, ...more] = checkSort(query.sort)
  if (by?.property !== 'receivedAt' || by.isAscending !== false || more.length > 0) return null
  if (query.calculateTotal && query.collapseThreads) return null
  const mailbox = ctx.tree.byId.get(filter.inMailbox)
  const { status } = mailbox ?? {}
  const count = status?.messages ?? 0
  if (!mailbox || !status || count < ctx.limits.firstScreenFrom || ctx.index.mailbox(mailbox.id)?.isComplete)
    return null

  const indexed = ctx.index.mailbox(mailbox.id) ?? ctx.index.addMailbox(mailbox.id)
  const wanted = position + limit
  return await ctx.deps.pool.use(
    ctx.login,
    { mailbox: mailbox.path, isExclusive: true, signal },
    async (connection) => {
      await readRows(ctx, connection, indexed, [], signal)
      const total = connection.selected?.exists ?? count
      const messages: number[] = []
      const seen = new Set<number>()
      for (let from = 1; messages.length < wanted && from <= total; ) {
        const width = query.collapseThreads ? (wanted - messages.length) * THREAD_FACTOR : wanted
        const to = Math.ceil((from + width - 1) / BLOCK) * BLOCK
        const window = await newest(connection, [from, to], total, signal)
        from = to + 1
        const unknown = window.filter((uid) => ctx.index.find(indexed, uid) === NONE)
        await readRows(ctx, connection, indexed, toSet(unknown), signal)
        for (const uid of window) {
          const place = ctx.index.find(indexed, uid)
          if (place === NONE) continue
          const message = ctx.index.tables.messageAt[place] as number
          // A message may lie in the mailbox twice.
          const row = query.collapseThreads ? (ctx.index.tables.threadOf[message] as number) : message
          if (seen.has(row)) continue
          seen.add(row)
          messages.push(message)
        }
        if (window.length === 0) break
      }
      return {
        // RFC 8620 §5.5: another state whenever the result is another. UIDs are never used again, so that these three name what lies in the
        // mailbox: the same for each page, on each node, and never one of the index's states.
        queryState: `p${hash128(`${indexed.id} ${status.uidValidity} ${status.uidNext} ${count} ${query.collapseThreads}`).toString('base64url')}`,
        messages: Uint32Array.from(messages),
        total: query.collapseThreads ? null : count,
      }
    },
  )
}

/** UIDs of that stretch of the list, newest first; of equal seconds the later first, as in the index. */
async function newest(
  connection: Connection,
  [from, to]: readonly [number, number],
  total: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (from > total) return []
  const last = total - from + 1
  const window = [Math.max(1, total - to + 1), last] as const
  if (connection.features.sort) {
    try {
      // Read from its end: REVERSE would turn the dates around, but leave equal ones in the order of the mailbox (RFC 5256 §3).
      const sort = [{ by: 'ARRIVAL', isReverse: false }] as const
      return [...(await sortMessages(connection, { criteria: 'ALL', sort, partial: window }, signal)).uids].reverse()
    } catch (error) {
      if (!isFailure(error, 'unsupported', 'badInput')) throw error
    }
  }
  const rows: { readonly seq: number; readonly uid: number; readonly date: number }[] = []
  await fetchRows(
    connection,
    { seqs: [window], items: { internalDate: true } },
    (row) => rows.push({ seq: row.seq, uid: row.uid, date: row.internalDate ?? 0 }),
    signal,
  )
  // Blocks of a fixed place, so that one page follows another whatever was asked for together.
  const block = ({ seq }: { readonly seq: number }) => Math.floor((total - seq) / BLOCK)
  return rows.sort((a, b) => block(a) - block(b) || b.date - a.date || b.uid - a.uid).map((row) => row.uid)
}
