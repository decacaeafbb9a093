// The FETCH response (RFC 9051 §7.5.2), the hot path of every index build: octets to a row with no token in between.
// Items it does not know are passed over.

import { type Cursor, decodeText, streamedLiteral } from './cursor.ts'
import { parseDateTime } from './date-time.ts'
import { maxInternedFlagLists } from './limits.ts'
import { parseBodyStructure } from './parse-body-structure.ts'
import type { FetchRow, Modseq } from './types.ts'

const SP = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const LESS = 60
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const BACKSLASH = 92

const flagLists = new Map<string, readonly string[]>()

/** The cursor stands behind `FETCH `, on `(`. */
export function parseFetch(cursor: Cursor, seq: number): FetchRow {
  const row: FetchRow = {
    seq,
    uid: 0,
    flags: null,
    internalDate: null,
    size: null,
    modseq: null,
    emailId: null,
    threadId: null,
    gmMessageId: null,
    gmThreadId: null,
    guid: null,
    preview: null,
    structure: null,
    headers: null,
    sections: null,
    binarySizes: null,
  }
  cursor.expect(OPEN)
  const { bytes } = cursor
  while (!cursor.take(CLOSE)) {
    if (cursor.peek() === SP) {
      cursor.pos++
      continue
    }
    const from = cursor.pos
    let at = from
    let octet = bytes[at] as number
    while (octet !== SP && octet !== OPEN_BRACKET && octet !== OPEN && octet !== CLOSE && at < cursor.end)
      octet = bytes[++at] as number
    if (at === from) cursor.fail('expected item')
    cursor.pos = at
    item(cursor, row, from, at - from)
  }
  return row
}

function item(cursor: Cursor, row: FetchRow, from: number, length: number): void {
  const { bytes } = cursor
  // Name by length and first letter, verified whole by `named` where more than one could be meant.
  switch (((bytes[from] as number) & 0xdf) + (length << 8)) {
    case 85 + (3 << 8): // UID
      cursor.space()
      row.uid = cursor.number()
      return
    case 70 + (5 << 8): // FLAGS
      cursor.space()
      row.flags = parseFlags(cursor)
      return
    case 73 + (12 << 8): // INTERNALDATE
      cursor.space()
      row.internalDate = parseDate(cursor)
      return
    case 82 + (11 << 8): // RFC822.SIZE
      if (!named(bytes, from, 'RFC822.SIZE')) break
      cursor.space()
      row.size = cursor.number()
      return
    case 77 + (6 << 8): // MODSEQ
      cursor.space()
      row.modseq = parseModseq(cursor)
      return
    case 66 + (4 << 8): // BODY
      if (cursor.peek() === OPEN_BRACKET) parseSection(cursor, row)
      else {
        cursor.space()
        row.structure = cursor.peek() === OPEN ? parseBodyStructure(cursor) : skipNil(cursor)
      }
      return
    case 66 + (13 << 8): // BODYSTRUCTURE
      cursor.space()
      row.structure = cursor.peek() === OPEN ? parseBodyStructure(cursor) : skipNil(cursor)
      return
    case 66 + (6 << 8): // BINARY
      if (cursor.peek() !== OPEN_BRACKET) break
      parseSection(cursor, row)
      return
    case 66 + (11 << 8): // BINARY.SIZE
      if (cursor.peek() !== OPEN_BRACKET) break
      parseBinarySize(cursor, row)
      return
    case 69 + (7 << 8): // EMAILID
      cursor.space()
      row.emailId = parseObjectId(cursor)
      return
    case 84 + (8 << 8): // THREADID
      cursor.space()
      row.threadId = parseObjectId(cursor)
      return
    case 80 + (7 << 8): // PREVIEW
      cursor.space()
      row.preview = parsePreview(cursor)
      return
    case 88 + (6 << 8): // X-GUID
      if (!named(bytes, from, 'X-GUID')) break
      cursor.space()
      row.guid = cursor.astring()
      return
    case 88 + (10 << 8): // X-GM-MSGID, X-GM-THRID
      cursor.space()
      if (named(bytes, from, 'X-GM-MSGID')) row.gmMessageId = cursor.atom()
      else if (named(bytes, from, 'X-GM-THRID')) row.gmThreadId = cursor.atom()
      else cursor.skip()
      return
    default:
  }
  if (cursor.peek() === OPEN_BRACKET) sectionName(cursor)
  cursor.space()
  cursor.skip()
}

function named(bytes: Buffer, from: number, name: string): boolean {
  return bytes.toString('latin1', from, from + name.length).toUpperCase() === name
}

function skipNil(cursor: Cursor): null {
  cursor.nbytes()
  return null
}

/** The cursor stands on the list's `(`. Equal lists give one array. */
export function parseFlags(cursor: Cursor): readonly string[] {
  if (cursor.peek() !== OPEN) cursor.fail('expected flags')
  const close = cursor.bytes.indexOf(CLOSE, cursor.pos)
  if (close === -1 || close >= cursor.end) cursor.fail('open list')
  const text = cursor.bytes.toString('latin1', cursor.pos + 1, close)
  cursor.pos = close + 1
  const known = flagLists.get(text)
  if (known) return known
  const flags = Object.freeze(
    decodeText(Buffer.from(text, 'latin1'))
      .split(' ')
      .filter((flag) => flag !== ''),
  )
  if (flagLists.size >= maxInternedFlagLists) flagLists.clear()
  flagLists.set(text, flags)
  return flags
}

function parseDate(cursor: Cursor): number | null {
  if (cursor.peek() !== QUOTE) return skipNil(cursor)
  const from = cursor.pos + 1
  const close = cursor.bytes.indexOf(QUOTE, from)
  if (close === -1 || close >= cursor.end) cursor.fail('open quote')
  cursor.pos = close + 1
  return parseDateTime(cursor.bytes, from, close - from)
}

function parseModseq(cursor: Cursor): Modseq {
  cursor.expect(OPEN)
  const modseq = cursor.bigint()
  cursor.expect(CLOSE)
  return modseq
}

/** RFC 8474 §7: `(id)`, or NIL for THREADID. */
function parseObjectId(cursor: Cursor): string | null {
  if (cursor.peek() !== OPEN) return cursor.nstring()
  cursor.pos++
  const id = cursor.atom()
  cursor.expect(CLOSE)
  return id
}

function parsePreview(cursor: Cursor): string | null {
  // quirk(dovecot 2.3): `PREVIEW (FUZZY "…")` when it was asked for by the draft's syntax
  if (cursor.peek() !== OPEN) return cursor.nstring()
  const strings = cursor.strings()
  return strings?.[1] ?? null
}

/** The text between the brackets; field names in it may be quoted and hold a bracket. */
function sectionName(cursor: Cursor): string {
  const { bytes } = cursor
  const from = ++cursor.pos
  let isQuoted = false
  while (cursor.pos < cursor.end) {
    const octet = bytes[cursor.pos] as number
    if (octet === BACKSLASH && isQuoted) cursor.pos++
    else if (octet === QUOTE) isQuoted = !isQuoted
    else if (octet === CLOSE_BRACKET && !isQuoted) return bytes.toString('latin1', from, cursor.pos++)
    cursor.pos++
  }
  return cursor.fail('open section')
}

function parseSection(cursor: Cursor, row: FetchRow): void {
  const from = cursor.pos + 1
  const isFields = ((cursor.bytes[from] as number) & 0xdf) === 72 && named(cursor.bytes, from, 'HEADER.FIELDS')
  const name = isFields ? passFields(cursor) : sectionName(cursor).toUpperCase()
  if (cursor.take(LESS)) {
    cursor.number()
    cursor.expect(62)
  }
  cursor.space()
  const bytes = cursor.nbytes()
  if (bytes === streamedLiteral) return
  if (isFields) row.headers = bytes
  else row.sections = new Map(row.sections).set(name, bytes)
}

function passFields(cursor: Cursor): string {
  // The usual list has no quote: one search for its end instead of a walk over each name.
  const close = cursor.bytes.indexOf(CLOSE_BRACKET, cursor.pos)
  const quote = cursor.bytes.indexOf(QUOTE, cursor.pos)
  if (close === -1 || (quote !== -1 && quote < close)) return sectionName(cursor)
  cursor.pos = close + 1
  return ''
}

function parseBinarySize(cursor: Cursor, row: FetchRow): void {
  const name = sectionName(cursor)
  cursor.space()
  const sizes = new Map(row.binarySizes)
  row.binarySizes = sizes.set(name, cursor.number())
}
