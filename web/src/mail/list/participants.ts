// Who is in a row: the people of a conversation by the order in which they wrote, shortened to first names when several.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { Row } from '../../store/index.ts'

export interface Participant {
  readonly name: string
  readonly isUnread: boolean
}

export function displayName({ name, email }: EmailAddress): string {
  return name?.trim() || email
}

/** `me`: the reader's own addresses, shown as `meName`. */
export function participants(
  row: Row,
  showsRecipients: boolean,
  me: ReadonlySet<string>,
  meName: string,
): Participant[] {
  const people = new Map<string, { address: EmailAddress; isUnread: boolean }>()
  for (const email of row.emails) {
    const isUnread = email.keywords.$seen !== true
    const addresses = showsRecipients ? (email.to ?? []) : (email.from ?? [])
    for (const address of addresses) {
      const key = address.email.toLowerCase()
      const known = people.get(key)
      people.set(key, { address: known?.address ?? address, isUnread: isUnread || (known?.isUnread ?? false) })
    }
  }
  const isMany = people.size > 1
  return [...people].map(([key, { address, isUnread }]) => {
    if (me.has(key) && !showsRecipients && isMany) return { name: meName, isUnread }
    const name = displayName(address)
    return { name: isMany && !showsRecipients ? firstName(name) : name, isUnread }
  })
}

/**
 * «Lovelace, Ada» and «Ada Lovelace» are both Ada; an address stays what it is up to its @; what has more than two words is
 * as likely a firm, and stays whole.
 */
export function firstName(name: string): string {
  if (name.includes('@')) return name.replace(/@.*$/, '')
  const [last = name, first] = name.split(', ')
  const words = (first ?? last).split(' ')
  return first !== undefined || words.length === 2 ? (words[0] ?? name) : name
}
