// Where an Email is and how it is marked: reading `mailboxIds`, `keywords` and `receivedAt` of Email/set and Email/import
// (RFC 8621 §4.1.1, §4.6, §4.8).

import type { MailConfig } from '#domain/mail/index.ts'
import { parseJmapDate } from '#formats/mime/structured-fields.ts'
import type { MailboxRights } from '#shared/jmap/mail.ts'
import { object, utcDate } from './arguments.ts'
import { SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'

type Fields = Readonly<Record<string, unknown>>

export interface PlaceContext {
  readonly createdIds: ReadonlyMap<string, string>
  /** Of the mailboxes that there are. */
  readonly rights: ReadonlyMap<string, MailboxRights>
  readonly config: Pick<MailConfig, 'maxMailboxesPerEmail' | 'maxKeywordsPerEmail'>
}

/** RFC 8621 §4.1.1: 1–255 characters of %x21–%x7e without these, which IMAP has no way to write (RFC 9051 §9: atom). */
const keywordPattern = /^[\x21\x23\x24\x26\x27\x2b-\x5b\x5e-\x7a\x7c\x7e]{1,255}$/

const allTrue = (value: unknown): value is Record<string, true> =>
  object.accepts(value) && Object.values(value).every((member) => member === true)

/** Lower case, sorted as given; null when they are no keywords. */
export function readKeywords(value: unknown, context: PlaceContext): readonly string[] | null {
  if (!allTrue(value)) return null
  const keywords = [...new Set(Object.keys(value).map((keyword) => keyword.toLowerCase()))]
  if (!keywords.every((keyword) => keywordPattern.test(keyword))) return null
  if (keywords.length > context.config.maxKeywordsPerEmail) throw new SetFailure('tooManyKeywords')
  return keywords
}

/** At least one, all of them there; null otherwise. */
export function readMailboxIds(value: unknown, context: PlaceContext): readonly string[] | null {
  if (!allTrue(value)) return null
  const ids = [...new Set(Object.keys(value).map((id) => resolveReference(context.createdIds, id)))]
  if (ids.length === 0 || !ids.every((id) => context.rights.has(id))) return null
  if (ids.length > context.config.maxMailboxesPerEmail) throw new SetFailure('tooManyMailboxes')
  return ids
}

export interface Place {
  readonly mailboxIds: readonly string[]
  readonly keywords: readonly string[]
  readonly receivedAt: number | null
}

/** Of a new message. Faults go to `wrong`. */
export function readPlace(fields: Fields, context: PlaceContext, wrong: string[]): Place {
  const mailboxIds = readMailboxIds(fields.mailboxIds, context)
  if (!mailboxIds) wrong.push('mailboxIds')
  const keywords = readKeywords(fields.keywords ?? {}, context)
  if (!keywords) wrong.push('keywords')
  const received = fields.receivedAt ?? null
  if (received !== null && !utcDate.accepts(received)) wrong.push('receivedAt')
  for (const id of mailboxIds ?? []) {
    if (!context.rights.get(id)?.mayAddItems) throw new SetFailure('forbidden')
  }
  const receivedAt = utcDate.accepts(received) ? (parseJmapDate(received)?.time ?? null) : null
  return { mailboxIds: mailboxIds ?? [], keywords: keywords ?? [], receivedAt }
}
