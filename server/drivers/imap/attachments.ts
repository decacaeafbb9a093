// Which messages have attachments: a column of the index, filled from BODYSTRUCTURE when a filter asks for it, and only where the answer
// decides something.

import { toSet } from '#formats/imap/number-set.ts'
import { bodyLists, hasAttachment } from '#formats/mime/body-lists.ts'
import { partOfBodyStructure } from '#formats/mime/body-structure.ts'
import type { BodyNode } from '#ports/mail-store.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { inMailboxes } from './in-mailboxes.ts'

export function noteAttachment(ctx: AccountContext, message: number, structure: BodyNode): void {
  const has = hasAttachment(bodyLists(partOfBodyStructure(structure)))
  ctx.index.tables.attachment[message] = has ? 2 : 1
}

export async function learnAttachments(
  ctx: AccountContext,
  messages: Iterable<number>,
  signal: AbortSignal,
): Promise<void> {
  const { attachment } = ctx.index.tables
  const unknown = function* () {
    for (const message of messages) if (attachment[message] === 0) yield [message, message] as const
  }
  await inMailboxes(ctx, unknown(), signal, (connection, uids) =>
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
}
