// The properties of an Email and of an EmailBodyPart by name (RFC 8621 §4.1), and what a client asks of them (§4.2): the arguments
// that Email/get and Email/parse share.

import type { EmailView } from '#domain/mail/index.ts'
import { type HeaderProperty, namedHeaderProperties, parseHeaderProperty } from '#formats/mime/header-forms.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { type Arguments, boolean, invalid, listOf, nullable, string, unsignedInt } from './arguments.ts'
import type { MethodCall } from './method.ts'

const metadata = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt']
const bodyNames = ['bodyValues', 'textBody', 'htmlBody', 'attachments']
const headerNames = Object.keys(namedHeaderProperties)

/** RFC 8621 §4.2: the default `properties` of Email/get. */
export const defaultEmailProperties = [...metadata, ...headerNames, 'hasAttachment', 'preview', ...bodyNames]
/** RFC 8621 §4.9: of Email/parse. */
export const defaultParsedProperties = [...headerNames, 'hasAttachment', 'preview', ...bodyNames]
const emailProperties = new Set([...defaultEmailProperties, 'headers', 'bodyStructure'])

/** RFC 8621 §4.2: the default `bodyProperties`; with `subParts` all that a part to be created may have (§4.6). */
export const defaultBodyProperties = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
]
const bodyPartProperties = new Set([...defaultBodyProperties, 'headers', 'subParts'])

/** Also `header:…` in any form that fits its field (RFC 8621 §4.1.3). */
export function isEmailProperty(name: string): boolean {
  return emailProperties.has(name) || parseHeaderProperty(name) !== null
}

/** Of our own capability: docs/jmap-extensions.md. */
export function isExtendedEmailProperty({ using }: Pick<MethodCall, 'using'>, name: string): boolean {
  return name === 'authentication' && using.has(capabilities.paquebot)
}
const extensionBodyProperties = new Set(['containedFiles'])

export function readEmailView(
  { using }: Pick<MethodCall, 'using'>,
  args: Arguments,
  properties: Iterable<string>,
): EmailView {
  const isKnown = (name: string) =>
    bodyPartProperties.has(name) ||
    parseHeaderProperty(name) !== null ||
    (extensionBodyProperties.has(name) && using.has(capabilities.paquebot))
  const body = args.optional('bodyProperties', nullable(listOf(string)), null) ?? defaultBodyProperties
  const unknown = body.find((name) => !isKnown(name))
  if (unknown !== undefined) throw invalid(`no such property: ${unknown.slice(0, 100)}`, 'bodyProperties')
  const fetches = (name: string) => args.optional(name, boolean, false)
  return {
    ...split(properties, 'properties', 'headers'),
    ...split(body, 'bodyProperties', 'bodyHeaders'),
    fetchTextBodyValues: fetches('fetchTextBodyValues'),
    fetchHTMLBodyValues: fetches('fetchHTMLBodyValues'),
    fetchAllBodyValues: fetches('fetchAllBodyValues'),
    maxBodyValueBytes: args.optional('maxBodyValueBytes', unsignedInt, 0),
  }
}

function split<Names extends string, Headers extends string>(
  asked: Iterable<string>,
  names: Names,
  headers: Headers,
): Record<Names, ReadonlySet<string>> & Record<Headers, readonly HeaderProperty[]> {
  const plain = new Set<string>()
  const parsed: HeaderProperty[] = []
  for (const name of asked) {
    const header = parseHeaderProperty(name)
    if (header) parsed.push(header)
    else plain.add(name)
  }
  return { [names]: plain, [headers]: parsed } as Record<Names, ReadonlySet<string>> &
    Record<Headers, readonly HeaderProperty[]>
}

/** A view of some properties and nothing of the body's text. */
export function viewOf(properties: Iterable<string>): EmailView {
  return {
    ...split(properties, 'properties', 'headers'),
    ...split(defaultBodyProperties, 'bodyProperties', 'bodyHeaders'),
    fetchTextBodyValues: false,
    fetchHTMLBodyValues: false,
    fetchAllBodyValues: false,
    maxBodyValueBytes: 0,
  }
}
