// What a row of a list shows, put together from records. The same row object comes back for as long as nothing in it
// changed, so that React can tell.

import type { EmailTable } from './emails.ts'
import { matchesFilter } from './match-filter.ts'
import type { EmailHead, QuerySpec, Row } from './types.ts'

export function rowOf(emails: EmailTable) {
  const known = new WeakMap<EmailHead, { isCollapsed: boolean; filter: string; row: Row }>()

  return (emailId: string, spec: QuerySpec): Row | undefined => {
    const head = emails.get(emailId)
    if (!head) return undefined
    const ids = spec.collapseThreads ? (emails.thread(head.threadId)?.emailIds ?? [emailId]) : [emailId]
    const held = ids.flatMap((id) => emails.get(id) ?? [])
    const list = held.length > 0 ? held : [head]
    const filter = JSON.stringify(spec.filter)
    const last = known.get(head)
    const isSame =
      last?.isCollapsed === spec.collapseThreads &&
      last.filter === filter &&
      last.row.emails.length === list.length &&
      list.every((email, i) => email === last.row.emails[i])
    if (isSame) return last.row
    const latest = list.findLast((email) => matchesFilter(spec.filter, email) === true) ?? head
    const row: Row = { emailId, threadId: head.threadId, emails: list, latest }
    known.set(head, { isCollapsed: spec.collapseThreads, filter, row })
    return row
  }
}
