// Mailbox/query (RFC 8621 §2.3) over the list of mailboxes: there are hundreds at most.

import type { MailboxId } from '#shared/ids.ts'
import type { Comparator, Filter } from '#shared/jmap/core.ts'
import type { Mailbox, MailboxFilterCondition } from '#shared/jmap/mail.ts'
import type { MailboxQuery } from './types.ts'

export function queryMailboxes(list: readonly Mailbox[], query: MailboxQuery): readonly MailboxId[] {
  const ordered = query.sortAsTree ? inTreeOrder(list, query.sort) : [...list].sort(comparator(query.sort))
  const matching = new Set(ordered.filter((mailbox) => matches(query.filter, mailbox)).map((mailbox) => mailbox.id))
  const byId = new Map(list.map((mailbox) => [mailbox.id, mailbox]))
  const isIncluded = (mailbox: Mailbox) => {
    if (!matching.has(mailbox.id)) return false
    if (!query.filterAsTree) return true
    // RFC 8621 §2.3: «only included … if all its ancestors are also included».
    for (const ancestor of ancestorsOf(byId, mailbox)) if (!matching.has(ancestor)) return false
    return true
  }
  return ordered.filter(isIncluded).map((mailbox) => mailbox.id)
}

function ancestorsOf(byId: ReadonlyMap<MailboxId, Mailbox>, mailbox: Mailbox): readonly MailboxId[] {
  const chain: MailboxId[] = []
  for (let at = mailbox.parentId; at !== null && !chain.includes(at); at = byId.get(at)?.parentId ?? null)
    chain.push(at)
  return chain
}

function matches(filter: Filter<MailboxFilterCondition> | null, mailbox: Mailbox): boolean {
  if (filter === null) return true
  if ('operator' in filter) {
    const one = (condition: Filter<MailboxFilterCondition>) => matches(condition, mailbox)
    if (filter.operator === 'AND') return filter.conditions.every(one)
    if (filter.operator === 'OR') return filter.conditions.some(one)
    return !filter.conditions.some(one)
  }
  const { parentId, name, role, hasAnyRole, isSubscribed } = filter
  return (
    (parentId === undefined || mailbox.parentId === parentId) &&
    (name === undefined || mailbox.name.toLowerCase().includes(name.toLowerCase())) &&
    (role === undefined || mailbox.role === role) &&
    (hasAnyRole === undefined || (mailbox.role !== null) === hasAnyRole) &&
    (isSubscribed === undefined || mailbox.isSubscribed === isSubscribed)
  )
}

const keys: Readonly<Record<string, (mailbox: Mailbox) => string | number>> = {
  name: (mailbox) => mailbox.name.normalize('NFKC').toLowerCase(),
  sortOrder: (mailbox) => mailbox.sortOrder,
  parentId: (mailbox) => mailbox.parentId ?? '',
}

export const mailboxSortProperties = Object.keys(keys)

function comparator(sort: readonly Comparator[]): (a: Mailbox, b: Mailbox) => number {
  // RFC 8621 §2 (sortOrder): «Mailboxes with equal order SHOULD be sorted in alphabetical order by name».
  const all = [...sort, { property: 'sortOrder' }, { property: 'name' }]
  return (a, b) => {
    for (const { property, isAscending = true } of all) {
      const key = keys[property]!
      const [left, right] = [key(a), key(b)]
      if (left !== right) return (left < right ? -1 : 1) * (isAscending ? 1 : -1)
    }
    return a.id < b.id ? -1 : 1
  }
}

/** RFC 8621 §2.3 (sortAsTree): ancestors first, siblings by the sort, which is the tree walked depth first. */
function inTreeOrder(list: readonly Mailbox[], sort: readonly Comparator[]): readonly Mailbox[] {
  const byId = new Set(list.map((mailbox) => mailbox.id))
  const children = new Map<MailboxId | null, Mailbox[]>()
  for (const mailbox of list) {
    const parent = mailbox.parentId !== null && byId.has(mailbox.parentId) ? mailbox.parentId : null
    children.set(parent, [...(children.get(parent) ?? []), mailbox])
  }
  const compare = comparator(sort)
  const ordered: Mailbox[] = []
  const visit = (parent: MailboxId | null) => {
    for (const mailbox of (children.get(parent) ?? []).sort(compare)) {
      ordered.push(mailbox)
      visit(mailbox.id)
    }
  }
  visit(null)
  return ordered
}
