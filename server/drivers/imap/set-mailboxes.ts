// Mailboxes made, renamed, moved and deleted. A rename leaves an alias for the mailbox and all below it, so that their ids stay.

import { Failure } from '#core/errors.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import type { MailboxId } from '#shared/ids.ts'
import { type AccountContext, treeMailbox, withMailbox } from './context.ts'
import {
  createMailbox as create,
  deleteMailbox,
  renameMailbox,
  setSubscribed,
  statusOf,
} from './engine/commands/mailboxes.ts'
import { unselect } from './engine/commands/select.ts'
import type { Connection } from './engine/types.ts'
import type { Freshness } from './freshness.ts'
import { mailboxKey, type TreeMailbox } from './mailbox-tree.ts'
import { attributeOf } from './roles.ts'

export const MAX_NAME_OCTETS = 255

export interface SetMailboxDeps {
  readonly ctx: AccountContext
  readonly freshness: Freshness
}

export async function createMailbox(
  { ctx, freshness }: SetMailboxDeps,
  fresh: Parameters<MailAccount['createMailbox']>[0],
  signal: AbortSignal,
): Promise<MailboxId> {
  await freshness.check(signal)
  const path = pathOf(ctx, fresh.name, fresh.parentId)
  const attribute = fresh.role === null ? null : attributeOf(fresh.role)
  if (fresh.role === 'inbox') throw new Failure('alreadyExists', { id: ctx.tree.byPath.get('INBOX')?.id })
  const isKept = await withMailbox(ctx, null, signal, async (connection) => {
    const isOffered = attribute !== null && connection.features.createSpecialUse
    await create(connection, path, isOffered ? attribute : undefined)
    await setSubscribed(connection, path, fresh.isSubscribed)
    return isOffered
  })
  await freshness.check(signal, true)
  const made = ctx.tree.byPath.get(path)
  if (!made) throw new Failure('conflict', { path })
  if (fresh.role !== null && !isKept) await giveRole(ctx, freshness, made.id, fresh.role, signal)
  ctx.changed('mailboxes')
  return made.id
}

export async function updateMailbox(
  { ctx, freshness }: SetMailboxDeps,
  id: MailboxId,
  change: Parameters<MailAccount['updateMailbox']>[1],
  signal: AbortSignal,
): Promise<void> {
  await freshness.check(signal)
  const mailbox = treeMailbox(ctx, id)
  if (change.name !== undefined || change.parentId !== undefined) {
    const name = change.name ?? mailbox.name
    const parentId = change.parentId === undefined ? mailbox.parentId : change.parentId
    if (name !== mailbox.name || parentId !== mailbox.parentId) await rename(ctx, mailbox, name, parentId, signal)
  }
  await freshness.check(signal, true)
  if (change.isSubscribed !== undefined) {
    const { path } = treeMailbox(ctx, id)
    await withMailbox(ctx, null, signal, (connection) => setSubscribed(connection, path, change.isSubscribed === true))
  }
  if (change.role !== undefined && change.role !== mailbox.role) {
    if (mailbox.role === 'inbox' || change.role === 'inbox') throw new Failure('forbidden', { role: 'inbox' })
    await giveRole(ctx, freshness, id, change.role, signal)
  }
  await freshness.check(signal, true)
  ctx.changed('mailboxes')
}

export async function destroyMailbox(
  { ctx, freshness }: SetMailboxDeps,
  id: MailboxId,
  removeEmails: boolean,
  signal: AbortSignal,
): Promise<void> {
  await freshness.check(signal, true)
  const mailbox = treeMailbox(ctx, id)
  if (mailbox.path === 'INBOX') throw new Failure('forbidden', { mailbox: id })
  if ([...ctx.tree.byId.values()].some((other) => other.parentId === id))
    throw new Failure('hasChildren', { mailbox: id })
  if (!removeEmails && (mailbox.status?.messages ?? 0) > 0) throw new Failure('hasContent', { mailbox: id })
  // Known before it goes, so that Email/changes can say what went with it.
  await freshness.complete([id], signal)
  await ctx.deps.pool.use(ctx.login, { mailbox: null, isExclusive: true, signal }, async (connection) => {
    await leave(connection, [mailbox])
    await deleteMailbox(connection, mailbox.path)
    if (mailbox.isSubscribed) await setSubscribed(connection, mailbox.path, false).catch(() => undefined)
  })
  await freshness.check(signal, true)
  ctx.changed('emails')
  ctx.changed('mailboxes')
}

async function rename(
  ctx: AccountContext,
  mailbox: TreeMailbox,
  name: string,
  parentId: MailboxId | null,
  signal: AbortSignal,
): Promise<void> {
  // RFC 9051 §6.3.6: renaming INBOX moves its messages and leaves it: nothing that JMAP means by it.
  if (mailbox.path === 'INBOX') throw new Failure('forbidden', { mailbox: mailbox.id })
  const path = pathOf(ctx, name, parentId)
  const below = `${mailbox.path}${mailbox.delimiter ?? ''}`
  const subtree = [...ctx.tree.byId.values()].filter(
    (other) => other === mailbox || (mailbox.delimiter !== null && other.path.startsWith(below)),
  )
  if (subtree.some((other) => other.id === parentId)) throw new Failure('badInput', { parentId })
  const moved = subtree.map((other) => ({ ...other, to: `${path}${other.path.slice(mailbox.path.length)}` }))
  // Before the rename: whoever sees the new name first, here or on another node, finds the id that it had.
  await ctx.deps.state.put(
    ctx.account,
    'mailbox',
    new Map(moved.map(({ id, to, status }) => [mailboxKey(to, status?.uidValidity ?? 0), id])),
  )
  await ctx.deps.pool.use(ctx.login, { mailbox: null, isExclusive: true, signal }, async (connection) => {
    await leave(connection, subtree)
    await renameMailbox(connection, mailbox.path, path)
    // quirk(courier): a renamed mailbox is numbered anew.
    const renumbered = await Promise.all(
      moved
        .filter((other) => other.isSelectable)
        .map(async ({ id, to, status }) => {
          const { uidValidity } = await statusOf(connection, to)
          return uidValidity === (status?.uidValidity ?? 0) ? [] : [[mailboxKey(to, uidValidity ?? 0), id] as const]
        }),
    )
    if (renumbered.flat().length > 0) await ctx.deps.state.put(ctx.account, 'mailbox', new Map(renumbered.flat()))
    // RFC 9051 §6.3.6 leaves subscriptions to names as they were.
    const subscribed = moved.filter((other) => other.isSubscribed)
    await Promise.all(
      subscribed.flatMap(({ path: from, to }) => [
        setSubscribed(connection, to, true),
        setSubscribed(connection, from, false).catch(() => undefined),
      ]),
    )
  })
}

/** quirk(courier): what a session has selected it neither renames nor deletes. */
async function leave(connection: Connection, mailboxes: readonly TreeMailbox[]): Promise<void> {
  if (mailboxes.some(({ path }) => path === connection.selected?.name)) await unselect(connection)
}

/** The server's name for it. RFC 8621 §2 (name): Net-Unicode, no control characters; and nothing that would make another level. */
function pathOf(ctx: AccountContext, name: string, parentId: MailboxId | null): string {
  const parent = parentId === null ? null : treeMailbox(ctx, parentId)
  const delimiter = parent?.delimiter ?? ctx.tree.delimiter
  const isClean = name !== '' && name === name.trim() && !/[\0-\x1f\x7f\u2028\u2029]/.test(name) && name.isWellFormed()
  if (!isClean || Buffer.byteLength(name) > MAX_NAME_OCTETS) throw new Failure('badInput', { name })
  // LIST's wildcards (RFC 9051 §5.1) are legal in names and trouble everywhere.
  if ((delimiter && name.includes(delimiter)) || /[*%]/.test(name)) throw new Failure('badInput', { name })
  if (parent && !parent.mayHaveChildren) throw new Failure('forbidden', { parent: parent.id })
  const path = parent ? `${parent.path}${delimiter}${name}` : `${ctx.tree.prefix}${name}`
  const taken = ctx.tree.byPath.get(path) ?? (path.toUpperCase() === 'INBOX' ? ctx.tree.byPath.get('INBOX') : undefined)
  if (taken) throw new Failure('alreadyExists', { id: taken.id })
  return path
}

async function giveRole(
  ctx: AccountContext,
  freshness: Freshness,
  id: MailboxId,
  role: string | null,
  signal: AbortSignal,
): Promise<void> {
  const holder = [...ctx.tree.byId.values()].find((other) => role !== null && other.role === role && other.id !== id)
  const entries = new Map<string, string>([[id, role ?? 'none']])
  // RFC 8621 §2 (role): no two mailboxes have the same.
  if (holder) entries.set(holder.id, 'none')
  await ctx.deps.state.put(ctx.account, 'role', entries)
  await freshness.check(signal, true)
}
