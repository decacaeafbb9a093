// The newest messages of a large mailbox before it is in the index: by SORT's window where the server sorts, else by sequence number.
// What is read goes into the index, so that the rows asked for next are found there.

import { isFailure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { EmailQuery } from '#ports/mail-store.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { sortMessages } from './engine/commands/search.ts'
import type { Connection } from './engine/types.ts'
import { readRows } from './read-rows.ts'
import { checkSort } from './sort-order.ts'
import { NONE } from './tables.ts'

/** Deeper pages wait for the index. */
const MAX_DEPTH = 500
/** Messages read for each of a collapsed page, before more are asked for. */
const THREAD_FACTOR = 3

/** Null when this is no first screen: then the index answers. */
export async function firstScreen(
  ctx: AccountContext,
  query: EmailQuery,
  signal: AbortSignal,
): Promise<{ readonly messages: Uint32Array; readonly total: number } | null> {
  const { filter, anchor, position, limit } = query
  if (filter === null || 'operator' in filter || anchor !== null || position < 0 || position + limit > MAX_DEPTH)
    return null
  if (Object.keys(filter).length !== 1 || typeof filter.inMailbox !== 'string') return null
  const [by, ...more] = checkSort(query.sort)
  if (by?.property !== 'receivedAt' || by.isAscending !== false || more.length > 0) return null
  // How many threads there are only the index knows.
  if (query.calculateTotal && query.collapseThreads) return null
  const mailbox = ctx.tree.byId.get(filter.inMailbox)
  const total = mailbox?.status?.messages ?? 0
  if (!mailbox || total < ctx.limits.firstScreenFrom || ctx.index.mailbox(mailbox.id)?.isComplete) return null

  const indexed = ctx.index.mailbox(mailbox.id) ?? ctx.index.addMailbox(mailbox.id)
  const wanted = position + limit
  return await ctx.deps.pool.use(
    ctx.login,
    { mailbox: mailbox.path, isExclusive: true, signal },
    async (connection) => {
      await readRows(ctx, connection, indexed, [], signal)
      const messages: number[] = []
      const threads = new Set<number>()
      for (let from = 1; messages.length < wanted && from <= total; ) {
        const width = query.collapseThreads ? (wanted - messages.length) * THREAD_FACTOR : wanted
        const window = await newest(connection, [from, from + width - 1], total, signal)
        from += width
        const unknown = window.filter((uid) => ctx.index.find(indexed, uid) === NONE)
        await readRows(ctx, connection, indexed, toSet(unknown), signal)
        // SORT leaves equal seconds in the order of the mailbox; the index has the later first.
        const dateOf = (uid: number) => {
          const place = ctx.index.find(indexed, uid)
          return place === NONE ? 0 : (ctx.index.tables.dateOf[ctx.index.tables.messageAt[place] as number] as number)
        }
        for (const uid of window.toSorted((a, b) => dateOf(b) - dateOf(a) || b - a)) {
          const place = ctx.index.find(indexed, uid)
          if (place === NONE) continue
          const message = ctx.index.tables.messageAt[place] as number
          const thread = ctx.index.tables.threadOf[message] as number
          if (query.collapseThreads && threads.has(thread)) continue
          threads.add(thread)
          messages.push(message)
        }
        if (window.length === 0) break
      }
      return { messages: Uint32Array.from(messages), total }
    },
  )
}

async function newest(
  connection: Connection,
  window: readonly [number, number],
  total: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (connection.features.sort) {
    try {
      const sort = [{ by: 'ARRIVAL', isReverse: true }] as const
      return [...(await sortMessages(connection, { criteria: 'ALL', sort, partial: window }, signal)).uids]
    } catch (error) {
      if (!isFailure(error, 'unsupported', 'badInput')) throw error
    }
  }
  const last = total - window[0] + 1
  if (last < 1) return []
  const rows: { readonly uid: number; readonly date: number }[] = []
  await fetchRows(
    connection,
    { seqs: [[Math.max(1, total - window[1] + 1), last]], items: { internalDate: true } },
    (row) => rows.push({ uid: row.uid, date: row.internalDate ?? 0 }),
    signal,
  )
  return rows.sort((a, b) => b.date - a.date || b.uid - a.uid).map((row) => row.uid)
}
