// New text for parts of a message, as edits of its octets: what is not named stays as it was, octet for octet. A part whose new text
// needs another encoding or charset gets that in its header as well.

import { bodyLists } from './body-lists.ts'
import { decodeCharset } from './charset.ts'
import type { HeaderField } from './header-fields.ts'
import { type MimePart, walkParts } from './mime-part.ts'
import { decodeTransfer } from './transfer.ts'
import { encodeText } from './write-message.ts'

/** Octets [start, end) of the message become `text`, which is ASCII. In order, none touching another. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What a reader sees as the message's text: each part by its section, decoded. */
export function visibleTexts(
  root: MimePart,
): readonly { readonly part: string; readonly type: string; readonly text: string }[] {
  const { textBody, htmlBody } = bodyLists(root)
  const parts = [...new Set([...textBody, ...htmlBody])]
  return parts
    .filter((part) => part.type === 'text/plain' || part.type === 'text/html')
    .map((part) => ({ part: part.section, type: part.type, text: textOf(part) }))
}

function textOf(part: MimePart): string {
  const { bytes } = decodeTransfer(part.content ?? new Uint8Array(), part.encoding)
  return decodeCharset(bytes, part.charset).text.replaceAll('\r\n', '\n')
}

/** RFC 1847, RFC 8551, RFC 9580 §7: changed, its signature would no longer hold, or it could no longer be read. */
export function isProtected(root: MimePart): boolean {
  for (const { type, content, children } of walkParts(root)) {
    if (/^multipart\/(signed|encrypted)$|^application\/(x-)?pkcs7-mime$/.test(type)) return true
    const isText = !children && type.startsWith('text/') && content !== null
    if (isText && Buffer.from(content).includes('-----BEGIN PGP ')) return true
  }
  return false
}

/** @param raw the octets that `root` was parsed of */
export function replaceTexts(
  raw: Uint8Array,
  root: MimePart,
  texts: Readonly<Record<string, string>>,
): readonly Edit[] {
  const edits: Edit[] = []
  for (const part of walkParts(root)) {
    const text = part.children ? undefined : texts[part.section]
    if (text === undefined || part.content === null || text === textOf(part)) continue
    const encoded = encodeText(text)
    const start = part.content.byteOffset - raw.byteOffset
    const isSameEncoding = (part.encoding || '7bit') === encoded.encoding
    const isSameCharset = (part.charset ?? 'us-ascii').toLowerCase() === encoded.charset
    // us-ascii in a part that says UTF-8 is UTF-8 as well.
    const fits = isSameCharset || encoded.charset === 'us-ascii'
    const header = isSameEncoding && fits ? noHeader : headerEdits(raw, part, encoded, fits)
    edits.push(...header.edits)
    const body = { start, end: start + part.content.length, text: encoded.bytes.toString('latin1') }
    const lead = leadTo(raw, start)
    if (lead === null) {
      if (header.missing !== '') edits.push({ ...at(headStart(raw, part)), text: header.missing })
      edits.push(...trimmed(raw, body))
    } else {
      // What follows may be a delimiter, which stands at the beginning of a line.
      const end = body.text.endsWith('\r\n') ? '' : '\r\n'
      edits.push({ ...body, text: `${lead}${header.missing}\r\n${body.text}${end}` })
    }
  }
  return edits.sort((a, b) => a.start - b.start)
}

interface HeaderEdits {
  readonly edits: readonly Edit[]
  /** Fields that are not there yet. */
  readonly missing: string
}
const noHeader: HeaderEdits = { edits: [], missing: '' }
const LF = 0x0a
const CR = 0x0d

function headerEdits(
  raw: Uint8Array,
  part: MimePart,
  encoded: { readonly charset: string; readonly encoding: string },
  hasCharset: boolean,
): HeaderEdits {
  const fields = part.fields ?? []
  const find = (name: string) => fields.find((field) => field.name.toLowerCase() === name)
  const edits: Edit[] = []
  const missing: string[] = []
  const transfer = find('content-transfer-encoding')
  if (transfer) edits.push({ ...placeOf(raw, transfer), text: ` ${encoded.encoding}` })
  else missing.push(`Content-Transfer-Encoding: ${encoded.encoding}\r\n`)
  if (!hasCharset) {
    const type = find('content-type')
    if (!type) missing.push(`Content-Type: text/plain; charset=${encoded.charset}\r\n`)
    else {
      const value = Buffer.from(type.value).toString('latin1')
      const pattern = /;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]*)/i
      const text = pattern.test(value)
        ? value.replace(pattern, `; charset=${encoded.charset}`)
        : `${value.trimEnd()}; charset=${encoded.charset}`
      edits.push({ ...placeOf(raw, type), text })
    }
  }
  return { edits, missing: missing.join('') }
}

const at = (place: number) => ({ start: place, end: place })

/** Where a field may be put: above the part's first, or where its empty line stands. */
function headStart(raw: Uint8Array, part: MimePart): number {
  const first = part.fields?.[0]
  if (first) return raw.lastIndexOf(LF, placeOf(raw, first).start) + 1
  const body = part.content!.byteOffset - raw.byteOffset
  return body - (raw[body - 2] === CR ? 2 : 1)
}

/** Null where an empty line stands before the body, as it should; else what ends the header's last line. */
function leadTo(raw: Uint8Array, body: number): string | null {
  if (body > 0 && raw[body - 1] !== LF) return '\r\n'
  const before = raw[body - 2] === CR ? body - 3 : body - 2
  return body > 0 && (before < 0 || raw[before] === LF) ? null : ''
}

function placeOf(raw: Uint8Array, field: HeaderField): { readonly start: number; readonly end: number } {
  const start = field.value.byteOffset - raw.byteOffset
  return { start, end: start + field.value.length }
}

/** The edit without the octets at either end that stay the same. */
function trimmed(raw: Uint8Array, edit: Edit): readonly Edit[] {
  const old = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1', edit.start, edit.end)
  const { text } = edit
  const most = Math.min(old.length, text.length)
  let head = 0
  while (head < most && old[head] === text[head]) head++
  let tail = 0
  while (tail < most - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail++
  if (head === old.length && head === text.length) return []
  return [{ start: edit.start + head, end: edit.end - tail, text: text.slice(head, text.length - tail) }]
}

export function editedSize(size: number, edits: readonly Edit[]): number {
  return edits.reduce((sum, { start, end, text }) => sum - (end - start) + text.length, size)
}

/** The stream with its edits. */
export async function* applyEdits(body: AsyncIterable<Uint8Array>, edits: readonly Edit[]): AsyncGenerator<Uint8Array> {
  let at = 0
  let next = 0
  for await (const chunk of body) {
    const chunkEnd = at + chunk.length
    let from = at
    for (let edit = edits[next]; edit && edit.start < chunkEnd; edit = edits[next]) {
      if (edit.start >= from) {
        if (edit.start > from) yield chunk.subarray(from - at, edit.start - at)
        if (edit.text !== '') yield Buffer.from(edit.text, 'latin1')
      }
      from = Math.min(chunkEnd, Math.max(from, edit.end))
      if (edit.end > chunkEnd) break
      next++
    }
    if (from < chunkEnd) yield chunk.subarray(from - at)
    at = chunkEnd
  }
  // Behind the last octet.
  for (const edit of edits.slice(next)) if (edit.start >= at) yield Buffer.from(edit.text, 'latin1')
}
