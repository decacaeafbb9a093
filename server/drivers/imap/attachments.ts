// Which messages have attachments: a column of the index, filled from BODYSTRUCTURE when a filter asks for it, and only where the answer
// decides something.

import { toSet } from '#formats/imap/number-set.ts'
import { bodyLists, hasAttachment } from '#formats/mime/body-lists.ts'
import { partOfBodyStructure } from '#formats/mime/body-structure.ts'
import type { BodyNode } from '#ports/mail-store.ts'
import { type AccountContext, withMailbox } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { NONE } from './tables.ts'

export function noteAttachment(ctx: AccountContext, message: number, structure: BodyNode): void {
  const has = hasAttachment(bodyLists(partOfBodyStructure(structure)))
  ctx.index.tables.attachment[message] = has ? 2 : 1
}

export async function learnAttachments(
  ctx: AccountContext,
  messages: Iterable<number>,
  signal: AbortSignal,
): Promise<void> {
  const { tables, mailboxes } = ctx.index
  const byMailbox = new Map<string, Map<number, number>>()
  for (const message of messages) {
    const place = tables.firstPlace[message] as number
    if (tables.attachment[message] !== 0 || place === NONE) continue
    const id = mailboxes[tables.mailboxAt[place] as number]?.id ?? ''
    const uids = byMailbox.get(id) ?? new Map<number, number>()
    byMailbox.set(id, uids.set(tables.uidAt[place] as number, message))
  }
  await Promise.all(
    [...byMailbox].map(async ([id, uids]) => {
      const mailbox = ctx.tree.byId.get(id)
      if (!mailbox) return
      await withMailbox(ctx, mailbox.path, signal, (connection) =>
        fetchRows(
          connection,
          { uids: toSet(uids.keys()), items: { structure: true } },
          (row) => {
            const message = uids.get(row.uid)
            if (message !== undefined && row.structure !== null) noteAttachment(ctx, message, row.structure)
          },
          signal,
        ),
      )
    }),
  )
}
