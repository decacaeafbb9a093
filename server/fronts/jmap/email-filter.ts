// The conditions and sorts of Email/query: RFC 8621 §4.4.1, §4.4.2. Types are checked here; what they mean is the store's.

import { emailSortProperties } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { EmailFilterCondition } from '#shared/jmap/mail.ts'
import { boolean, id, invalid, type Kind, listOf, string, unsignedInt, utcDate } from './arguments.ts'
import { resolveReference } from './get.ts'
import type { MethodCall } from './method.ts'
import { type QueryKind, unsupportedFilter } from './query.ts'

const conditions: Readonly<Record<keyof EmailFilterCondition, Kind<unknown>>> = {
  inMailbox: id,
  inMailboxOtherThan: listOf(id),
  before: utcDate,
  after: utcDate,
  minSize: unsignedInt,
  maxSize: unsignedInt,
  allInThreadHaveKeyword: string,
  someInThreadHaveKeyword: string,
  noneInThreadHaveKeyword: string,
  hasKeyword: string,
  notKeyword: string,
  hasAttachment: boolean,
  text: string,
  from: string,
  to: string,
  cc: string,
  bcc: string,
  subject: string,
  body: string,
  header: listOf(string),
  attachmentName: string,
}

const isKeyword = (name: string) => name.endsWith('Keyword')

const keywordSorts = ['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword']

export function emailQueryKind({
  createdIds,
  using,
}: Pick<MethodCall, 'createdIds' | 'using'>): QueryKind<EmailFilterCondition> {
  return {
    sortable: emailSortProperties,
    readCondition(fields) {
      const condition: Record<string, unknown> = {}
      for (const [name, given] of Object.entries(fields)) {
        const isKnown =
          Object.hasOwn(conditions, name) && (name !== 'attachmentName' || using.has(capabilities.paquebot))
        if (!isKnown) throw unsupportedFilter(name)
        // A mailbox made earlier in the request may be meant (RFC 8620 §5.3).
        const value = name === 'inMailbox' && typeof given === 'string' ? resolveReference(createdIds, given) : given
        const kind = conditions[name as keyof EmailFilterCondition]
        if (!kind.accepts(value)) throw invalid(`${name} must be ${kind.name}`, 'filter')
        // RFC 8621 §4.1.1: keywords are lower case; §4.4.1: one or two strings.
        condition[name] = isKeyword(name) ? (value as string).toLowerCase() : value
        if (name === 'header' && ![1, 2].includes((value as readonly string[]).length)) {
          throw invalid('header must have one or two members', 'filter')
        }
      }
      return condition as EmailFilterCondition
    },
    readComparator(fields, comparator) {
      if (!keywordSorts.includes(comparator.property)) return comparator
      return { ...comparator, keyword: fields.required('keyword', string).toLowerCase() }
    },
  }
}
