// RFC 8621 §4.1.2 and §4.1.3: the forms in which a client may ask for a header field, which fields each form fits, and
// the property names `header:{name}[:as{Form}][:all]`.

import { type Address, type AddressGroup, parseAddresses, parseGroups } from './addresses.ts'
import { decodeWords } from './encoded-words.ts'
import { type HeaderField, lenientValue, rawValue, unfold } from './header-fields.ts'
import { formatJmapDate, parseDateTime, parseMessageIds, parseUrls } from './structured-fields.ts'

export const headerForms = ['Raw', 'Text', 'Addresses', 'GroupedAddresses', 'MessageIds', 'Date', 'URLs'] as const
export type HeaderForm = (typeof headerForms)[number]

export type HeaderValue = string | readonly string[] | readonly Address[] | readonly AddressGroup[] | null

export interface HeaderProperty {
  /** The property's name, as the client wrote it: what the answer must call it. */
  readonly property: string
  readonly field: string
  readonly form: HeaderForm
  readonly all: boolean
}

const addressForms: readonly HeaderForm[] = ['Addresses', 'GroupedAddresses']
const fieldForms: Readonly<Record<string, readonly HeaderForm[]>> = {
  ...Object.fromEntries(
    ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'].flatMap((name) => [
      [name, addressForms],
      [`resent-${name}`, addressForms],
    ]),
  ),
  subject: ['Text'],
  comments: ['Text'],
  keywords: ['Text'],
  'list-id': ['Text'],
  'message-id': ['MessageIds'],
  'in-reply-to': ['MessageIds'],
  references: ['MessageIds'],
  'resent-message-id': ['MessageIds'],
  date: ['Date'],
  'resent-date': ['Date'],
  'list-help': ['URLs'],
  'list-unsubscribe': ['URLs'],
  'list-subscribe': ['URLs'],
  'list-post': ['URLs'],
  'list-owner': ['URLs'],
  'list-archive': ['URLs'],
  // Defined by RFC 5322 and in no form but Raw.
  'return-path': [],
  received: [],
}

/** RFC 8621 §4.1.2: a field that neither RFC 5322 nor RFC 2369 defines may be asked for in any form. */
export function mayHaveForm(field: string, form: HeaderForm): boolean {
  if (form === 'Raw') return true
  const name = field.toLowerCase()
  // RFC 8621 §4.1.2.2 names List-Id, which RFC 2919 defines, among those that Text fits; the other forms fit it as any unknown field.
  if (name === 'list-id') return true
  return !Object.hasOwn(fieldForms, name) || fieldForms[name]!.includes(form)
}

/** The convenience properties of §4.1.3. */
export const namedHeaderProperties: Readonly<Record<string, { readonly field: string; readonly form: HeaderForm }>> = {
  messageId: { field: 'Message-ID', form: 'MessageIds' },
  inReplyTo: { field: 'In-Reply-To', form: 'MessageIds' },
  references: { field: 'References', form: 'MessageIds' },
  sender: { field: 'Sender', form: 'Addresses' },
  from: { field: 'From', form: 'Addresses' },
  to: { field: 'To', form: 'Addresses' },
  cc: { field: 'Cc', form: 'Addresses' },
  bcc: { field: 'Bcc', form: 'Addresses' },
  replyTo: { field: 'Reply-To', form: 'Addresses' },
  subject: { field: 'Subject', form: 'Text' },
  sentAt: { field: 'Date', form: 'Date' },
}

/** Null when the name is not of the form, or asks for a form that does not fit the field. */
export function parseHeaderProperty(property: string): HeaderProperty | null {
  const parts = property.split(':')
  if (parts.shift() !== 'header') return null
  const field = parts.shift() ?? ''
  // RFC 5322 §2.2: printable US-ASCII but the colon.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(field)) return null
  let form: HeaderForm = 'Raw'
  if (parts[0]?.startsWith('as')) {
    const asked = parts.shift()!.slice(2)
    const found = headerForms.find((known) => known === asked)
    if (!found || !mayHaveForm(field, found)) return null
    form = found
  }
  // RFC 8621 §4.1.3: the suffixes stand in this order.
  const all = parts[0] === 'all'
  if (all) parts.shift()
  return parts.length === 0 ? { property, field, form, all } : null
}

function textValue(value: string): string {
  // RFC 8621 §4.1.2.2: unfolded, leading white space and the line's end gone, words decoded, NFC.
  return decodeWords(unfold(value).replace(/^ +/, '')).normalize('NFC')
}

export function headerValue(value: Uint8Array, form: HeaderForm): HeaderValue {
  if (form === 'Raw') return rawValue(value)
  const text = lenientValue(value)
  switch (form) {
    case 'Text':
      return textValue(text)
    case 'Addresses':
      return parseAddresses(unfold(text))
    case 'GroupedAddresses':
      return parseGroups(unfold(text))
    case 'MessageIds':
      return parseMessageIds(unfold(text))
    case 'URLs':
      return parseUrls(unfold(text))
    case 'Date': {
      const date = parseDateTime(unfold(text))
      return date && formatJmapDate(date)
    }
  }
}

/** RFC 8621 §4.1.3: the last instance, or all of them in order. */
export function readHeader(
  fields: readonly HeaderField[],
  asked: { readonly field: string; readonly form: HeaderForm; readonly all: boolean },
): HeaderValue | readonly HeaderValue[] {
  const name = asked.field.toLowerCase()
  const found = fields.filter((field) => field.name.toLowerCase() === name)
  if (asked.all) return found.map((field) => headerValue(field.value, asked.form))
  const last = found.at(-1)
  return last ? headerValue(last.value, asked.form) : null
}
