// Which list the address asks for: its folder, its query, and how its rows are to be read.

import { useMemo } from 'react'
import type { EmailFilter, Mailbox, MailboxRole } from '#shared/jmap/mail.ts'
import { parseSearch } from '#shared/search.ts'
import { type MailSearch, useMailPlace } from '../shell/place.ts'
import { usePreferences } from '../shell/preferences.ts'
import { type QuerySpec, useMailboxes } from '../store/index.ts'

export interface MailView {
  /** Undefined while folders are on their way, or when there is no such folder. */
  readonly mailbox: Mailbox | undefined
  readonly spec: QuerySpec | undefined
  /** Changes when another list is shown: cursor and selection start anew. */
  readonly key: string
  /** Messages are in this folder; undefined in a search over all. */
  readonly inMailbox: string | undefined
  readonly isSearch: boolean
  readonly words: readonly string[]
  /** Sent mail and drafts show to whom, not from whom. */
  readonly showsRecipients: boolean
}

const outgoing: readonly (MailboxRole | null)[] = ['sent', 'drafts', 'scheduled']

/** A folder's name in an address. */
export function addressOf(mailbox: Mailbox): string {
  return mailbox.role ?? mailbox.id
}

/** What `in:` calls it, in every language. */
export function searchName(mailbox: Mailbox): string {
  return mailbox.role ?? mailbox.name
}

export function useMailView(): MailView {
  const { folder, search } = useMailPlace()
  const mailboxes = useMailboxes()
  const { view } = usePreferences()
  const mailbox = mailboxes.find(({ role, id }) => role === folder || id === folder)
  // Of the folder only its id matters.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const found = useMemo(() => filterFor(mailboxes, mailbox, search), [mailboxes, mailbox?.id, search.q, search.in])
  const filterKey = JSON.stringify(found?.filter)
  const isSearch = Boolean(search.q)
  // The key says all that is in the filter, and new counts of folders leave it the same.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const spec = useMemo<QuerySpec | undefined>(
    () => (found ? { filter: found.filter, collapseThreads: view === 'conversations' && !isSearch } : undefined),
    [filterKey, view, isSearch],
  )
  return {
    mailbox,
    spec,
    key: JSON.stringify(spec),
    inMailbox: found?.inMailbox,
    isSearch,
    words: found?.words ?? [],
    showsRecipients: outgoing.includes(mailbox?.role ?? null),
  }
}

function filterFor(mailboxes: readonly Mailbox[], mailbox: Mailbox | undefined, search: MailSearch) {
  if (!mailbox) return undefined
  if (!search.q) return { filter: { inMailbox: mailbox.id } as EmailFilter, inMailbox: mailbox.id, words: [] }
  const { filter, namesFolder, words } = parseSearch(search.q, {
    now: new Date(),
    mailboxId: (name) => mailboxes.find(({ role, name: own }) => role === name || own.toLowerCase() === name)?.id,
  })
  const isEverywhere = search.in === 'everywhere' || namesFolder
  const place: EmailFilter | null = isEverywhere ? elsewhere(mailboxes, namesFolder) : { inMailbox: mailbox.id }
  const conditions = [place, filter].filter((condition) => condition !== null)
  return {
    filter: conditions.length === 1 ? (conditions[0] as EmailFilter) : ({ operator: 'AND', conditions } as EmailFilter),
    inMailbox: isEverywhere ? undefined : mailbox.id,
    words,
  }
}

/** Everywhere is not where things were thrown: unless the query names a folder itself. */
function elsewhere(mailboxes: readonly Mailbox[], namesFolder: boolean): EmailFilter | null {
  const thrown = mailboxes.filter(({ role }) => role === 'trash' || role === 'junk').map(({ id }) => id)
  return namesFolder || thrown.length === 0 ? null : { inMailboxOtherThan: thrown }
}
