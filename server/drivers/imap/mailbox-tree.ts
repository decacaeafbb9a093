// The account's mailboxes as JMAP sees them, made of what LIST, STATUS and NAMESPACE told: ids, levels, roles, rights.
//
// A mailbox id is the hash of the path and UIDVALIDITY under which we first saw it; a rename through us leaves an alias, so that the id stays.

import type { Namespaces, StatusRow } from '#formats/imap/types.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { MailboxRights, MailboxRole } from '#shared/jmap/mail.ts'
import type { MailboxInfo } from './engine/types.ts'
import { hash128 } from './hash.ts'
import { assignRoles } from './roles.ts'

export interface TreeMailbox {
  readonly id: MailboxId
  /** The server's name, Unicode. */
  readonly path: string
  readonly name: string
  readonly parentId: MailboxId | null
  readonly delimiter: string | null
  readonly role: MailboxRole | null
  readonly isSelectable: boolean
  /** \Noinferiors: no child may be made. */
  readonly mayHaveChildren: boolean
  readonly isSubscribed: boolean
  /** In a namespace of others: its rights have to be asked for. */
  readonly isForeign: boolean
  readonly rights: MailboxRights
  status: StatusRow | null
}

export interface MailboxTree {
  readonly byId: ReadonlyMap<MailboxId, TreeMailbox>
  readonly byPath: ReadonlyMap<string, TreeMailbox>
  readonly prefix: string
  readonly delimiter: string | null
}

export const emptyTree: MailboxTree = { byId: new Map(), byPath: new Map(), prefix: '', delimiter: '/' }

/** What an alias is kept under, and what an id is made of when there is none. */
export function mailboxKey(path: string, uidValidity: number): string {
  // There is one INBOX for ever (RFC 9051 §5.1), even if all in it is numbered anew.
  if (path === 'INBOX') uidValidity = 0
  return hash128(`${uidValidity} ${path}`).toString('base64url')
}

export function buildTree(
  list: readonly MailboxInfo[],
  namespaces: Namespaces,
  kept: {
    readonly aliases: ReadonlyMap<string, string>
    readonly roles: ReadonlyMap<string, string>
    readonly rights: ReadonlyMap<string, string>
    readonly before: MailboxTree
  },
): MailboxTree {
  const home = namespaces.personal[0] ?? { prefix: '', delimiter: null }
  const foreign = [...namespaces.others, ...namespaces.shared]
    .map(({ prefix }) => prefix)
    .filter((prefix) => prefix !== '')
  const listed = new Map(
    list
      .filter(({ attributes }) => !attributes.includes('\\nonexistent'))
      .map((info) => [inboxCased(info.name), info] as const),
  )
  const ids = new Map<string, string>()
  const isAliased = (path: string) => kept.aliases.has(mailboxKey(path, listed.get(path)?.status?.uidValidity ?? 0))
  for (const [path, info] of listed) {
    const uidValidity = info.status?.uidValidity ?? null
    const known = kept.before.byPath.get(path)
    // A STATUS that was refused this time is no other mailbox.
    if (uidValidity === null && known) ids.set(path, known.id)
    else {
      const key = mailboxKey(path, uidValidity ?? 0)
      ids.set(path, kept.aliases.get(key) ?? `M${key}`)
    }
  }
  // A mailbox made under the name of one that was renamed, in the same second: its id is in use.
  const taken = new Set<string>()
  for (const [path, id] of [...ids].sort(([a], [b]) => Number(isAliased(b)) - Number(isAliased(a)))) {
    if (taken.has(id)) ids.set(path, `M${mailboxKey(`${path}\0`, listed.get(path)?.status?.uidValidity ?? 0)}`)
    taken.add(ids.get(path) as string)
  }
  const levels = [...listed].map(([path, info]) => {
    const delimiter = info.delimiter ?? home.delimiter
    const parent = parentOf(path, delimiter, home.prefix, listed)
    const name = path.slice(
      parent === null ? prefixLength(path, home.prefix) : parent.length + (delimiter?.length ?? 0),
    )
    const isSelectable = !info.attributes.includes('\\noselect')
    const id = ids.get(path) as string
    const given = (kept.roles.get(id) ?? null) as MailboxRole | 'none' | null
    const isTopLevel = parent === null || parent === 'INBOX'
    return { path, info, delimiter, parent, name, isSelectable, id, given, isTopLevel, attributes: info.attributes }
  })
  const roles = assignRoles(levels)
  const byId = new Map<string, TreeMailbox>()
  const byPath = new Map<string, TreeMailbox>()
  for (const level of levels) {
    const { path, info, isSelectable } = level
    const isForeign = foreign.some((prefix) => path.startsWith(prefix))
    const mayHaveChildren = level.delimiter !== null && !info.attributes.includes('\\noinferiors')
    const mailbox: TreeMailbox = {
      id: level.id,
      path,
      name: path === 'INBOX' ? 'Inbox' : level.name,
      parentId: level.parent === null ? null : (ids.get(level.parent) ?? null),
      delimiter: level.delimiter,
      role: roles.get(path) ?? null,
      isSelectable,
      mayHaveChildren,
      isSubscribed: info.isSubscribed,
      isForeign,
      rights: rightsOf(kept.rights.get(path) ?? null, { path, isSelectable, mayHaveChildren }),
      status: isSelectable ? info.status : null,
    }
    byId.set(mailbox.id, mailbox)
    byPath.set(path, mailbox)
  }
  return { byId, byPath, prefix: home.prefix, delimiter: home.delimiter }
}

/** RFC 9051 §5.1: INBOX in any case is INBOX. */
function inboxCased(path: string): string {
  return path.toUpperCase() === 'INBOX' ? 'INBOX' : path
}

function prefixLength(path: string, prefix: string): number {
  return prefix !== '' && path.startsWith(prefix) ? prefix.length : 0
}

/** The nearest ancestor that is listed; what stands in the personal namespace's prefix (`INBOX.`) is no child of INBOX. */
function parentOf(path: string, delimiter: string | null, prefix: string, listed: ReadonlyMap<string, unknown>) {
  if (!delimiter) return null
  const from = prefixLength(path, prefix)
  for (let at = path.lastIndexOf(delimiter); at > from - 1 && at > 0; at = path.lastIndexOf(delimiter, at - 1)) {
    const ancestor = inboxCased(path.slice(0, at))
    if (listed.has(ancestor)) return ancestor
  }
  return null
}

/** RFC 4314 §2.1 to RFC 8621 §2 (MailboxRights); without letters the mailbox is the user's own. */
export function rightsOf(
  letters: string | null,
  mailbox: { readonly path: string; readonly isSelectable: boolean; readonly mayHaveChildren: boolean },
): MailboxRights {
  const has = (letter: string) => letters === null || letters.includes(letter)
  // RFC 4314 §2.1.1: `c` and `d` of RFC 2086 stand for what became k, x, t and e. A server that knows those tells the old letters
  // beside any one of them, where they say nothing.
  const had = (letter: string) => letters !== null && !/[kxte]/.test(letters) && letters.includes(letter)
  const { isSelectable } = mailbox
  const isInbox = mailbox.path === 'INBOX'
  return {
    mayReadItems: isSelectable && has('r'),
    mayAddItems: isSelectable && has('i'),
    mayRemoveItems: isSelectable && ((has('t') && has('e')) || had('d')),
    maySetSeen: isSelectable && has('s'),
    maySetKeywords: isSelectable && has('w'),
    mayCreateChild: mailbox.mayHaveChildren && (has('k') || had('c')),
    mayRename: !isInbox && (has('x') || had('c')),
    mayDelete: !isInbox && (has('x') || had('d')),
    maySubmit: isSelectable && has('p'),
  }
}
