// Asks the server about messages of the index: each in one mailbox that it lies in, all of a mailbox together, the mailboxes side by side.

import { type AccountContext, withMailbox } from './context.ts'
import type { Connection } from './engine/types.ts'
import { NONE } from './tables.ts'

/** `messages`: numbers of the index, and what each stands for in `work`. Those that lie nowhere any more are left out. */
export async function inMailboxes<Meaning>(
  ctx: AccountContext,
  messages: Iterable<readonly [message: number, meaning: Meaning]>,
  signal: AbortSignal,
  work: (connection: Connection, uids: ReadonlyMap<number, Meaning>) => Promise<unknown>,
): Promise<void> {
  const { tables, mailboxes } = ctx.index
  const byMailbox = new Map<string, Map<number, Meaning>>()
  for (const [message, meaning] of messages) {
    const place = tables.firstPlace[message] as number
    if (place === NONE) continue
    const id = mailboxes[tables.mailboxAt[place] as number]?.id ?? ''
    const uids = byMailbox.get(id) ?? new Map<number, Meaning>()
    byMailbox.set(id, uids.set(tables.uidAt[place] as number, meaning))
  }
  await Promise.all(
    [...byMailbox].map(async ([id, uids]) => {
      const mailbox = ctx.tree.byId.get(id)
      if (mailbox) await withMailbox(ctx, mailbox.path, signal, (connection) => work(connection, uids))
    }),
  )
}
