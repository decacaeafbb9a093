// Filters and sorts of RFC 8621 §4.4 over messages in memory, one by one: the plain meaning, against which the drivers' ways are tested.

import { Failure } from '#core/errors.ts'
import { baseSubject } from '#drivers/imap/base-subject.ts'
import type { BodyNode } from '#ports/mail-store.ts'
import type { Comparator } from '#shared/jmap/core.ts'
import type { EmailFilter } from '#shared/jmap/mail.ts'
import { searchWords } from '#shared/search-words.ts'
import { decodeWords, type FakeMessage } from './fake-message.ts'

export interface FakeEmail {
  readonly id: string
  readonly threadId: string
  readonly mailboxIds: Set<string>
  readonly keywords: Set<string>
  readonly receivedAt: number
  readonly raw: Uint8Array
  readonly message: FakeMessage
  readonly order: number
}

export type ThreadOf = (email: FakeEmail) => readonly FakeEmail[]

export function matches(filter: EmailFilter | null, email: FakeEmail, threadOf: ThreadOf): boolean {
  if (filter === null) return true
  if ('operator' in filter) {
    const one = (condition: EmailFilter) => matches(condition, email, threadOf)
    if (filter.operator === 'AND') return filter.conditions.every(one)
    if (filter.operator === 'OR') return filter.conditions.some(one)
    return !filter.conditions.some(one)
  }
  return Object.entries(filter).every(
    ([name, value]) => value === undefined || value === null || condition(name, value, email, threadOf),
  )
}

function condition(name: string, value: unknown, email: FakeEmail, threadOf: ThreadOf): boolean {
  const text = String(value)
  const contains = (where: string) =>
    searchWords(text).every((word) => where.toLowerCase().includes(word.toLowerCase()))
  const fields = (...names: readonly string[]) =>
    names.flatMap((header) => email.message.headers(header).map(decodeWords)).join('\n')
  switch (name) {
    case 'inMailbox':
      return email.mailboxIds.has(text)
    case 'inMailboxOtherThan':
      return [...email.mailboxIds].some((id) => !(value as readonly string[]).includes(id))
    case 'before':
      return email.receivedAt < Date.parse(text)
    case 'after':
      return email.receivedAt >= Date.parse(text)
    case 'minSize':
      return email.raw.length >= Number(value)
    case 'maxSize':
      return email.raw.length < Number(value)
    case 'allInThreadHaveKeyword':
      return threadOf(email).every((member) => member.keywords.has(text))
    case 'someInThreadHaveKeyword':
      return threadOf(email).some((member) => member.keywords.has(text))
    case 'noneInThreadHaveKeyword':
      return !threadOf(email).some((member) => member.keywords.has(text))
    case 'hasKeyword':
      return email.keywords.has(text)
    case 'notKeyword':
      return !email.keywords.has(text)
    case 'hasAttachment':
      return attachmentIn(email.message.structure) === value
    case 'attachmentName':
      return contains(email.raw.toString())
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'subject':
      return contains(fields(name))
    case 'body':
      return contains(email.message.text)
    case 'text':
      return contains(`${fields('from', 'to', 'cc', 'bcc', 'subject')}\n${email.message.text}`)
    case 'header': {
      const [header, wanted] = value as readonly [string, string?]
      if (!/^[!-9;-~]+$/.test(header)) throw new Failure('unsupportedFilter', { header })
      const values = email.message.headers(header).map((one) => decodeWords(one).toLowerCase())
      return values.some((one) => one.includes((wanted ?? '').toLowerCase()))
    }
    default:
      throw new Failure('unsupportedFilter', { condition: name })
  }
}

function attachmentIn(node: BodyNode): boolean {
  if (node.children.length > 0) return node.children.some(attachmentIn)
  if (node.disposition?.type === 'attachment') return true
  return node.disposition === null && !/^(?:text|image|multipart)\//.test(node.type)
}

export function comparator(sort: readonly Comparator[], threadOf: ThreadOf) {
  const wanted: readonly Comparator[] = sort.length > 0 ? sort : [{ property: 'receivedAt', isAscending: false }]
  const direction = wanted[0]?.isAscending === false ? -1 : 1
  return (a: FakeEmail, b: FakeEmail): number => {
    for (const by of wanted) {
      const order = compare(sortKey(by, a, threadOf), sortKey(by, b, threadOf))
      if (order !== 0) return by.isAscending === false ? -order : order
    }
    return direction * (a.order - b.order)
  }
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sortKey(by: Comparator, email: FakeEmail, threadOf: ThreadOf): string | number {
  const address = (name: string) => {
    const value = email.message.header(name)
    const named = /^\s*"?([^"<]*?)"?\s*<([^>]*)>/.exec(value)
    return (named?.[1] || named?.[2] || value).trim().toLowerCase()
  }
  const has = (member: FakeEmail) => member.keywords.has(by.keyword ?? '')
  switch (by.property) {
    case 'receivedAt':
      return email.receivedAt
    case 'sentAt':
      return Date.parse(email.message.header('Date')) || email.receivedAt
    case 'size':
      return email.raw.length
    case 'from':
    case 'to':
      return address(by.property)
    case 'subject':
      return baseSubject(email.message.header('Subject')).toLowerCase()
    // RFC 8621 §4.4.2: with isAscending false those that have the keyword come first.
    case 'hasKeyword':
      return Number(has(email))
    case 'allInThreadHaveKeyword':
      return Number(threadOf(email).every(has))
    case 'someInThreadHaveKeyword':
      return Number(threadOf(email).some(has))
    default:
      throw new Failure('unsupportedSort', { property: by.property })
  }
}
