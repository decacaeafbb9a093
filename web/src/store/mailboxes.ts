// Folders as the server has them, and on top what actions under way do to them: new names, folders on their way out, and
// the counts that moved with messages.

import type { Mailbox, MailboxRole } from '#shared/jmap/mail.ts'
import { createSignal } from './signals.ts'

export interface CountChange {
  total: number
  unread: number
}
export type CountChanges = ReadonlyMap<string, CountChange>

/** The order of roles in the tree; folders without one follow, by sortOrder and name. */
const roleOrder: readonly (MailboxRole | null)[] = [
  'inbox',
  'flagged',
  'important',
  'snoozed',
  'drafts',
  'scheduled',
  'sent',
  'archive',
  'all',
  'junk',
  'trash',
]

export function createMailboxTable() {
  const server = new Map<string, Mailbox>()
  const signal = createSignal()
  const counts = new Set<CountChanges>()
  const patches = new Map<string, Partial<Mailbox>>()
  const gone = new Set<string>()
  const emptied = new Set<string>()
  let list: readonly Mailbox[] = []
  let shown = new Map<string, Mailbox>()

  function changed(): void {
    shown = new Map()
    for (const mailbox of server.values()) {
      if (!gone.has(mailbox.id)) shown.set(mailbox.id, withPending(mailbox))
    }
    list = inTreeOrder([...shown.values()])
    signal.emit()
  }

  function withPending(mailbox: Mailbox): Mailbox {
    let { totalEmails, unreadEmails } = mailbox
    for (const change of counts) {
      totalEmails += change.get(mailbox.id)?.total ?? 0
      unreadEmails += change.get(mailbox.id)?.unread ?? 0
    }
    if (emptied.has(mailbox.id)) totalEmails = unreadEmails = 0
    return {
      ...mailbox,
      ...patches.get(mailbox.id),
      totalEmails: Math.max(0, totalEmails),
      unreadEmails: Math.max(0, unreadEmails),
    }
  }

  return {
    list: () => list,
    get: (id: string) => shown.get(id),
    byRole: (role: MailboxRole | null) => list.find((mailbox) => mailbox.role === role),
    subscribe: signal.subscribe,
    put(mailboxes: readonly (Partial<Mailbox> & { id: string })[]): void {
      for (const mailbox of mailboxes) server.set(mailbox.id, { ...server.get(mailbox.id), ...mailbox } as Mailbox)
      changed()
    },
    replaceAll(mailboxes: readonly Mailbox[]): void {
      server.clear()
      this.put(mailboxes)
    },
    remove(ids: readonly string[]): void {
      for (const id of ids) server.delete(id)
      changed()
    },
    addCounts(change: CountChanges): void {
      counts.add(change)
      changed()
    },
    dropCounts(changes: Iterable<CountChanges>): void {
      for (const change of changes) counts.delete(change)
      changed()
    },
    patch(id: string, patch: Partial<Mailbox> | undefined): void {
      if (patch) patches.set(id, patch)
      else patches.delete(id)
      changed()
    },
    setGone(ids: readonly string[], isGone: boolean): void {
      for (const id of ids) isGone ? gone.add(id) : gone.delete(id)
      changed()
    },
    setEmptied(id: string, isEmptied: boolean): void {
      if (isEmptied) emptied.add(id)
      else emptied.delete(id)
      changed()
    },
    /** The folder and all below it, children before their parents. */
    withDescendants(id: string): string[] {
      const children = list.filter((mailbox) => mailbox.parentId === id)
      return [...children.flatMap((child) => this.withDescendants(child.id)), id]
    },
  }
}

export type MailboxTable = ReturnType<typeof createMailboxTable>

/** Depth first; a folder whose parent is not visible to us stands at the top. */
export function inTreeOrder(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
  const ids = new Set(mailboxes.map((mailbox) => mailbox.id))
  const children = new Map<string | null, Mailbox[]>()
  for (const mailbox of mailboxes) {
    const parent = mailbox.parentId !== null && ids.has(mailbox.parentId) ? mailbox.parentId : null
    children.set(parent, [...(children.get(parent) ?? []), mailbox])
  }
  const walk = (parent: string | null): Mailbox[] =>
    (children.get(parent) ?? []).sort(compare).flatMap((mailbox) => [mailbox, ...walk(mailbox.id)])
  return walk(null)
}

function compare(a: Mailbox, b: Mailbox): number {
  return rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name, undefined, { numeric: true })
}

function rank(mailbox: Mailbox): number {
  const index = mailbox.role === null ? -1 : roleOrder.indexOf(mailbox.role)
  return index === -1 ? roleOrder.length : index
}
