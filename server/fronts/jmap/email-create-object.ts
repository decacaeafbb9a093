// The Email object that Email/set creates (RFC 8621 §4.6), read to a message to be written. All faults are told at once, as
// `invalidProperties` with the path of each; which blobs exist is looked up after.

import { randomUUID } from 'node:crypto'
import type { BlobSource } from '#domain/mail/index.ts'
import { formatJmapDate } from '#formats/mime/structured-fields.ts'
import type { HeaderToWrite } from '#formats/mime/write-header.ts'
import type { MessageToWrite, PartToWrite } from '#formats/mime/write-message.ts'
import { isHeaderProperty, readHeaders } from './email-header-reader.ts'
import { type DraftPart, readBodyPart, readPartList } from './email-part-reader.ts'
import { SetFailure } from './errors.ts'

type Fields = Readonly<Record<string, unknown>>

export interface MessageObject {
  /** Blobs that the message is made of. */
  readonly blobIds: readonly string[]
  build(
    blobs: ReadonlyMap<string, BlobSource>,
    context: { readonly now: number; readonly domain: string },
  ): MessageToWrite
}

/** Properties that are the caller's to read: where the message goes. */
const placeProperties = ['mailboxIds', 'keywords', 'receivedAt']
const bodyProperties = ['bodyStructure', 'textBody', 'htmlBody', 'attachments', 'bodyValues']

const given = (object: Fields, name: string) => (Object.hasOwn(object, name) ? (object[name] ?? null) : null)

export function readMessageObject(object: Fields, wrong: string[]): MessageObject {
  const known = new Set([...placeProperties, ...bodyProperties])
  for (const name of Object.keys(object)) if (!known.has(name) && !isHeaderProperty(name, true)) wrong.push(name)
  const top = readHeaders(
    object,
    // RFC 8621 §4.6: «Header fields beginning with "Content-" MUST NOT be specified on the Email object».
    { hasNamed: true, isRefused: (field) => field.startsWith('content-'), path: '' },
    wrong,
  )
  const values = readBodyValues(given(object, 'bodyValues'), wrong)
  const root = readBody(object, values, wrong)
  // What stands on the root part stands in the header of the message.
  for (const [field, property] of root.fields) {
    if (top.fields.has(field)) wrong.push(`${root.path}${property}`)
  }
  const blobIds = new Set<string>()
  collectBlobs(root, blobIds)
  return {
    blobIds: [...blobIds],
    build: (blobs, context) => ({
      headers: withDefaults(top.headers, root, context),
      body: buildPart(root, values, blobs),
    }),
  }
}

/** RFC 8621 §4.6: EmailBodyValue; `isEncodingProblem` and `isTruncated` MUST be false or left out. */
function readBodyValues(value: unknown, wrong: string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  if (value === null) return values
  if (typeof value !== 'object' || Array.isArray(value)) {
    wrong.push('bodyValues')
    return values
  }
  for (const [partId, one] of Object.entries(value as Fields)) {
    const path = `bodyValues/${partId}`
    if (typeof one !== 'object' || one === null || Array.isArray(one)) {
      wrong.push(path)
      continue
    }
    for (const [name, member] of Object.entries(one as Fields)) {
      const isFine =
        name === 'value'
          ? typeof member === 'string'
          : (name === 'isEncodingProblem' || name === 'isTruncated') && (member === false || member === null)
      if (!isFine) wrong.push(`${path}/${name}`)
    }
    const { value: text } = one as Fields
    if (text === undefined) wrong.push(`${path}/value`)
    else if (typeof text === 'string') values.set(partId, text)
  }
  return values
}

function readBody(object: Fields, values: ReadonlyMap<string, string>, wrong: string[]): DraftPart {
  const structure = given(object, 'bodyStructure')
  if (structure !== null) {
    // «If a bodyStructure property is given, there MUST NOT be textBody, htmlBody, or attachments properties».
    wrong.push(...['textBody', 'htmlBody', 'attachments'].filter((name) => given(object, name) !== null))
    return readBodyPart(structure, 'bodyStructure/', { values, type: null, disposition: null }, wrong)
  }
  // «textBody … MUST contain exactly one body part and it MUST be of type text/plain»; htmlBody likewise.
  const [text] = readPartList(object, 'textBody', { values, type: 'text/plain', disposition: null }, wrong)
  const [html] = readPartList(object, 'htmlBody', { values, type: 'text/html', disposition: null }, wrong)
  // Without a disposition a text or picture would be read back as part of the body.
  const attachments = readPartList(object, 'attachments', { values, type: null, disposition: 'attachment' }, wrong)
  return arrange(text ?? null, html ?? null, attachments)
}

const emptyPart: DraftPart = {
  path: '',
  type: 'text/plain',
  parameters: [],
  charset: null,
  disposition: null,
  name: null,
  cid: null,
  language: null,
  location: null,
  headers: [],
  fields: new Map(),
  partId: null,
  blobId: null,
  children: null,
}

const multipart = (subtype: string, children: readonly DraftPart[]): DraftPart => ({
  ...emptyPart,
  type: `multipart/${subtype}`,
  children,
})

/** Pictures that the HTML shows by their Content-ID lie beside it (RFC 2387), everything else after the text. */
function arrange(text: DraftPart | null, html: DraftPart | null, attachments: readonly DraftPart[]): DraftPart {
  const isRelated = (part: DraftPart) => html !== null && part.cid !== null && part.disposition === 'inline'
  const related = attachments.filter(isRelated)
  const rest = attachments.filter((part) => !isRelated(part))
  const rich = html && related.length > 0 ? multipart('related', [html, ...related]) : html
  const body = text && rich ? multipart('alternative', [text, rich]) : (text ?? rich)
  if (rest.length === 0) return body ?? emptyPart
  return multipart('mixed', body ? [body, ...rest] : rest)
}

function collectBlobs(part: DraftPart, blobIds: Set<string>): void {
  if (part.blobId !== null) blobIds.add(part.blobId)
  for (const child of part.children ?? []) collectBlobs(child, blobIds)
}

function buildPart(
  part: DraftPart,
  values: ReadonlyMap<string, string>,
  blobs: ReadonlyMap<string, BlobSource>,
): PartToWrite {
  const { type, parameters, charset, disposition, name, cid, language, location, headers } = part
  const common = { type, parameters, charset, disposition, name, cid, language, location, headers }
  if (part.children) {
    return {
      ...common,
      content: { kind: 'multipart', parts: part.children.map((child) => buildPart(child, values, blobs)) },
    }
  }
  const blob = part.blobId === null ? undefined : blobs.get(part.blobId)
  if (blob) return { ...common, content: { kind: 'blob', blob } }
  return { ...common, content: { kind: 'text', text: values.get(part.partId ?? '') ?? '' } }
}

/** RFC 8621 §4.6: «if … not included, the server MUST generate» Message-ID and Date. */
function withDefaults(
  headers: readonly HeaderToWrite[],
  root: DraftPart,
  context: { readonly now: number; readonly domain: string },
): readonly HeaderToWrite[] {
  const has = (name: string) => root.headers.concat(headers).some((header) => header.name.toLowerCase() === name)
  const made: HeaderToWrite[] = [...headers]
  if (!has('date')) {
    const value = formatJmapDate({ time: context.now, offsetMinutes: 0 })
    made.push({ name: 'Date', form: 'Date', value })
  }
  if (!has('message-id')) {
    made.push({ name: 'Message-ID', form: 'MessageIds', value: [`${randomUUID()}@${context.domain}`] })
  }
  return made
}

export function invalidNames(names: readonly string[]): SetFailure {
  return new SetFailure('invalidProperties', { properties: [...new Set(names)] })
}
