// Reads single messages of a mailbox into the index, whether the mailbox is in it as a whole or not.

import type { NumberSet } from '#formats/imap/types.ts'
import type { IndexedMailbox, NewRow } from './account-index.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import type { Connection } from './engine/types.ts'
import { pinTier, rowItems, rowMaker } from './row-source.ts'

/** On a connection that has the mailbox selected. */
export async function readRows(
  ctx: AccountContext,
  connection: Connection,
  indexed: IndexedMailbox,
  uids: NumberSet,
  signal: AbortSignal,
  onRow?: (row: NewRow) => void,
): Promise<void> {
  const tier = await pinTier(ctx, connection)
  const uidValidity = connection.selected?.uidValidity ?? 0
  if (indexed.uidValidity !== uidValidity) ctx.index.reset(indexed, uidValidity)
  if (uids.length === 0) return
  const aliases = tier === 'uid' ? await ctx.deps.state.all(ctx.account, 'email') : new Map<string, string>()
  const make = rowMaker(tier, indexed, aliases)
  const hasModseq = connection.features.condstore && connection.selected?.highestModseq != null
  // Where we count changes ourselves, a message that is read between two rounds belongs to the next.
  const round = hasModseq ? 0n : indexed.modseq + 1n
  await fetchRows(
    connection,
    { uids, items: rowItems(tier, hasModseq) },
    (fetched) => {
      const row = make(fetched, round)
      ctx.index.put(indexed, row)
      onRow?.(row)
    },
    signal,
  )
}
