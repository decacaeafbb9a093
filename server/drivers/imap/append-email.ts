// A new message: APPEND to the first mailbox, COPY to the others, then read back as the server has it.

import { Failure } from '#core/errors.ts'
import type { EmailRow, NewEmail } from '#ports/mail-store.ts'
import { type AccountContext, treeMailbox, withMailbox } from './context.ts'
import { rowOf } from './email-rows.ts'
import { appendMessage } from './engine/commands/append.ts'
import { copyMessages } from './engine/commands/change.ts'
import type { Freshness } from './freshness.ts'
import { flagOf } from './keywords.ts'
import type { TreeMailbox } from './mailbox-tree.ts'
import { readRows } from './read-rows.ts'
import { placeKey } from './row-source.ts'
import { NONE } from './tables.ts'

export async function appendEmail(
  { ctx, freshness }: { readonly ctx: AccountContext; readonly freshness: Freshness },
  email: NewEmail,
  signal: AbortSignal,
): Promise<EmailRow> {
  await freshness.check(signal)
  const [first, ...others] = email.mailboxIds.map((id) => treeMailbox(ctx, id))
  if (!first) throw new Failure('badInput', { mailboxes: 0 })
  const closed = [first, ...others].find((mailbox) => !mailbox.isSelectable)
  if (closed) throw new Failure('forbidden', { mailbox: closed.id })

  const told = await withMailbox(ctx, null, signal, async (connection) => {
    const uidNext = first.status?.uidNext ?? 1
    const appended = await appendMessage(connection, first.path, {
      flags: email.keywords.map(flagOf),
      internalDate: email.receivedAt,
      size: email.size,
      source: await email.source(),
    })
    return { uid: appended?.uid ?? null, uidNext }
  })
  const { uid, message } = await readBack(ctx, first, told, email.size, signal)
  if (others.length > 0) {
    await withMailbox(ctx, first.path, signal, async (connection) => {
      for (const other of others) {
        const copied = await copyMessages(connection, [[uid, uid]], other.path)
        if (ctx.tier !== 'uid' || copied === null) continue
        const key = placeKey(other.id, copied.uidValidity, copied.to[0] as number)
        await ctx.deps.state.put(ctx.account, 'email', new Map([[key, ctx.index.tables.idOf(message)]]))
      }
    })
  }
  await freshness.settle(
    [first, ...others].map((mailbox) => mailbox.id),
    signal,
  )
  const row = rowOf(ctx, message)
  if (row === null) throw new Failure('conflict', { email: 'gone as soon as it was there' })
  return { ...row, mailboxIds: [...new Set([...row.mailboxIds, ...others.map((mailbox) => mailbox.id)])] }
}

/** Puts the new message into the index; without UIDPLUS it is the newest of that size since we last knew the mailbox. */
async function readBack(
  ctx: AccountContext,
  mailbox: TreeMailbox,
  told: { readonly uid: number | null; readonly uidNext: number },
  size: number,
  signal: AbortSignal,
): Promise<{ uid: number; message: number }> {
  const indexed = ctx.index.mailbox(mailbox.id) ?? ctx.index.addMailbox(mailbox.id)
  let uid = told.uid
  await ctx.deps.pool.use(ctx.login, { mailbox: mailbox.path, signal }, async (connection) => {
    const uids = told.uid === null ? ([[told.uidNext, 0xffffffff]] as const) : ([[told.uid, told.uid]] as const)
    await readRows(ctx, connection, indexed, uids, signal, (row) => {
      if (told.uid === null && row.size === size && row.uid > (uid ?? 0)) uid = row.uid
    })
  })
  const place = uid === null ? NONE : ctx.index.find(indexed, uid)
  if (uid === null || place === NONE) throw new Failure('conflict', { email: 'not there after APPEND' })
  return { uid, message: ctx.index.tables.messageAt[place] as number }
}
