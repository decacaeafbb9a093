// The properties of an Email (RFC 8621 §4.1) from what is known of the message: its row, its header fields, its parts.

import { type BodyLists, bodyLists, hasAttachment } from '#formats/mime/body-lists.ts'
import { decodeCharset } from '#formats/mime/charset.ts'
import { type HeaderField, rawValue } from '#formats/mime/header-fields.ts'
import { namedHeaderProperties, readHeader } from '#formats/mime/header-forms.ts'
import { type MimePart, walkParts } from '#formats/mime/mime-part.ts'
import { previewInputBytes, previewOf } from '#formats/mime/preview.ts'
import type { EmailRow } from '#ports/mail-store.ts'
import type { EmailBodyValue } from '#shared/jmap/mail.ts'
import { messageBlobId } from './blob-ids.ts'
import { filesInside, type MessageSource } from './message-source.ts'
import type { EmailView } from './types.ts'

type Fields = Record<string, unknown>

/** RFC 8621 §4.1.1. */
export function rowProperties(row: EmailRow, asked: ReadonlySet<string>): Fields {
  const fields: Fields = { id: row.id }
  if (asked.has('blobId')) fields.blobId = messageBlobId(row.id)
  if (asked.has('threadId')) fields.threadId = row.threadId
  if (asked.has('mailboxIds')) fields.mailboxIds = Object.fromEntries(row.mailboxIds.map((id) => [id, true]))
  if (asked.has('keywords')) fields.keywords = Object.fromEntries(row.keywords.map((keyword) => [keyword, true]))
  if (asked.has('size')) fields.size = row.size
  if (asked.has('receivedAt')) fields.receivedAt = utcDate(row.receivedAt)
  if (asked.has('preview')) fields.preview = row.preview ?? ''
  return fields
}

/** RFC 8620 §1.4 (UTCDate): no fraction that is nought. */
export function utcDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, -'.000Z'.length)}Z`
}

/** RFC 8621 §4.1.2, §4.1.3. */
export function headerProperties(
  fields: readonly HeaderField[],
  view: Pick<EmailView, 'properties' | 'headers'>,
): Fields {
  const out: Fields = {}
  for (const [name, { field, form }] of Object.entries(namedHeaderProperties)) {
    if (view.properties.has(name)) out[name] = readHeader(fields, { field, form, all: false })
  }
  for (const asked of view.headers) out[asked.property] = readHeader(fields, asked)
  if (view.properties.has('headers')) out.headers = rawHeaders(fields)
  return out
}

const rawHeaders = (fields: readonly HeaderField[]) =>
  fields.map(({ name, value }) => ({ name, value: rawValue(value) }))

export interface BodyContext {
  readonly source: MessageSource
  readonly view: EmailView
  readonly blobIdOf: (section: string) => string | null
  readonly maxBodyValueBytes: number
}

/** RFC 8621 §4.1.4. */
export async function bodyProperties(context: BodyContext): Promise<Fields> {
  const { source, view } = context
  const { properties } = view
  const lists = bodyLists(source.root)
  const out: Fields = {}
  if (properties.has('bodyStructure')) out.bodyStructure = await bodyPart(context, source.root, true)
  for (const name of ['textBody', 'htmlBody', 'attachments'] as const) {
    if (!properties.has(name)) continue
    const parts: Fields[] = []
    for (const part of lists[name]) parts.push(await bodyPart(context, part, false))
    out[name] = parts
  }
  if (properties.has('hasAttachment')) out.hasAttachment = hasAttachment(lists)
  if (properties.has('bodyValues')) out.bodyValues = await bodyValues(context, lists)
  return out
}

async function bodyPart(context: BodyContext, part: MimePart, isInStructure: boolean): Promise<Fields> {
  const { view, source, blobIdOf } = context
  const asked = view.bodyProperties
  const out: Fields = {}
  const isLeaf = part.children === null
  if (asked.has('partId')) out.partId = isLeaf ? part.section : null
  if (asked.has('blobId')) out.blobId = isLeaf ? blobIdOf(part.section) : null
  if (asked.has('size')) out.size = isLeaf ? await source.decodedSize(part) : 0
  for (const name of ['name', 'type', 'charset', 'disposition', 'cid', 'language', 'location'] as const) {
    if (asked.has(name)) out[name] = part[name]
  }
  if (asked.has('headers') || view.bodyHeaders.length > 0) {
    const fields = await source.partFields(part)
    if (asked.has('headers')) out.headers = rawHeaders(fields)
    for (const header of view.bodyHeaders) out[header.property] = readHeader(fields, header)
  }
  // docs/jmap-extensions.md: what a winmail.dat or uuencoded text holds.
  if (asked.has('containedFiles')) {
    const files = isLeaf ? await filesInside(source, part) : []
    out.containedFiles = files.map(({ name, type, bytes }, index) => {
      return { name, type, size: bytes.length, blobId: blobIdOf(`${part.section}.f${index}`) }
    })
  }
  // A structure without its parts would be none: they are told whether or not `subParts` was named.
  if (asked.has('subParts') || (isInStructure && !isLeaf)) {
    const parts: Fields[] = []
    for (const child of part.children ?? []) parts.push(await bodyPart(context, child, isInStructure))
    out.subParts = parts
  }
  return out
}

async function bodyValues(context: BodyContext, lists: BodyLists): Promise<Record<string, EmailBodyValue>> {
  const { source, view } = context
  const wanted = new Set<MimePart>()
  const want = (parts: Iterable<MimePart>) => {
    for (const part of parts) if (!part.children && part.type.startsWith('text/')) wanted.add(part)
  }
  // RFC 8621 §4.2: «each text/* part in textBody», in htmlBody, «in the bodyStructure».
  if (view.fetchTextBodyValues) want(lists.textBody)
  if (view.fetchHTMLBodyValues) want(lists.htmlBody)
  if (view.fetchAllBodyValues) want(walkParts(source.root))
  const values: Record<string, EmailBodyValue> = {}
  for (const part of wanted) values[part.section] = await bodyValue(context, part)
  return values
}

async function bodyValue(context: BodyContext, part: MimePart): Promise<EmailBodyValue> {
  const limit = context.maxBodyValueBytes
  const asked = context.view.maxBodyValueBytes === 0 ? limit : Math.min(limit, context.view.maxBodyValueBytes)
  // Any charset needs at most four octets for what UTF-8 writes in one.
  const { bytes, isWhole, isProblem } = await readText(context.source, part, asked * 4 + 16)
  const decoded = decodeCharset(bytes, part.charset)
  // RFC 8621 §4.1.4: «any CRLF replaced with a single LF».
  const text = decoded.text.replaceAll('\r\n', '\n').toWellFormed()
  const value = truncate(text, asked, part.type)
  return {
    value,
    // A character cut by our own limit is no problem of the message's.
    isEncodingProblem: (decoded.isProblem && isWhole) || isProblem,
    isTruncated: !isWhole || value.length < text.length,
  }
}

const knownEncoding = /^(|7bit|8bit|binary|base64|quoted-printable|x-uuencode|x-uue|uuencode)$/

async function readText(source: MessageSource, part: MimePart, maxBytes: number) {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of await source.open(part)) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes) break
  }
  const isWhole = size <= maxBytes
  const bytes = Buffer.concat(chunks, Math.min(size, maxBytes))
  return { bytes, isWhole, isProblem: !knownEncoding.test(part.encoding) }
}

/** RFC 8621 §4.2 (maxBodyValueBytes): valid UTF-8, no character cut; of HTML, not inside a tag. */
export function truncate(text: string, maxBytes: number, type: string): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  const bytes = Buffer.from(text)
  let end = maxBytes
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  const cut = bytes.toString('utf8', 0, end)
  if (type !== 'text/html') return cut
  const open = cut.lastIndexOf('<')
  return open > cut.lastIndexOf('>') ? cut.slice(0, open) : cut
}

/** For messages that no row stands for (Email/parse). */
export async function previewOfSource(source: MessageSource): Promise<string> {
  const { textBody, htmlBody } = bodyLists(source.root)
  const part = [...textBody, ...htmlBody].find((candidate) => candidate.type.startsWith('text/'))
  if (!part) return ''
  const { bytes } = await readText(source, part, previewInputBytes)
  return previewOf(decodeCharset(bytes, part.charset).text, part.type)
}
