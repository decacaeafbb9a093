// BODYSTRUCTURE (RFC 9051 §7.5.2) to BodyNode. Servers' versions of it differ: what is missing at the end is null, what is
// more is passed over, and only what no parser could read throws.

import type { Cursor } from './cursor.ts'
import { maxDepth } from './limits.ts'
import type { BodyNode } from './types.ts'

const SP = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41

/** The cursor stands on `(`. */
export function parseBodyStructure(cursor: Cursor): BodyNode {
  // RFC 9051 §6.4.5.1: the only part of a message that is no multipart is 1.
  const next = cursor.bytes[cursor.pos + 1]
  return parseNode(cursor, next === OPEN ? '' : '1', 0)
}

function parseNode(cursor: Cursor, section: string, depth: number): BodyNode {
  if (depth > maxDepth) cursor.fail('nested too deep')
  cursor.expect(OPEN)
  const node = cursor.peek() === OPEN ? parseMultipart(cursor, section, depth) : parseLeaf(cursor, section)
  // RFC 9051 §9: body-extension, for future use.
  while (more(cursor)) cursor.skip()
  cursor.expect(CLOSE)
  return node
}

/** Whether another field follows; passes over the space before it. */
function more(cursor: Cursor): boolean {
  while (cursor.peek() === SP) cursor.pos++
  return cursor.peek() !== CLOSE && !cursor.atEnd()
}

function parseMultipart(cursor: Cursor, section: string, depth: number): BodyNode {
  const children: BodyNode[] = []
  const prefix = section === '' ? '' : `${section}.`
  while (cursor.peek() === OPEN) {
    children.push(parseNode(cursor, `${prefix}${children.length + 1}`, depth + 1))
    while (cursor.peek() === SP) cursor.pos++
  }
  const subtype = more(cursor) ? (cursor.nstring() ?? 'mixed') : 'mixed'
  const parameters = more(cursor) ? parseParameters(cursor) : {}
  return {
    section,
    type: `multipart/${subtype.toLowerCase()}`,
    parameters,
    contentId: null,
    description: null,
    encoding: '7bit',
    size: 0,
    ...parseExtension(cursor),
    children,
  }
}

function parseLeaf(cursor: Cursor, section: string): BodyNode {
  const type = (cursor.nstring() ?? 'text').toLowerCase()
  const subtype = more(cursor) ? (cursor.nstring() ?? 'plain').toLowerCase() : 'plain'
  // quirk(dovecot): a multipart without parts is `("multipart" "mixed" …)` or `("mixed" …)` in some versions: a leaf, as it stands.
  const parameters = more(cursor) ? parseParameters(cursor) : {}
  const contentId = more(cursor) ? cursor.nstring() : null
  const description = more(cursor) ? cursor.nstring() : null
  const encoding = more(cursor) ? (cursor.nstring() ?? '7bit') : '7bit'
  const size = more(cursor) ? parseSize(cursor) : 0
  if (type === 'message' && (subtype === 'rfc822' || subtype === 'global') && more(cursor) && cursor.peek() === OPEN) {
    cursor.skip() // envelope
    if (more(cursor) && cursor.peek() === OPEN) cursor.skip() // body
    if (more(cursor)) parseSize(cursor) // lines
  } else if (type === 'text' && more(cursor) && isDigit(cursor.peek())) cursor.number()
  if (more(cursor)) cursor.nbytes() // MD5
  return {
    section,
    type: `${type}/${subtype}`,
    parameters,
    contentId,
    description,
    encoding: encoding.toLowerCase(),
    size,
    ...parseExtension(cursor),
    children: [],
  }
}

function isDigit(octet: number): boolean {
  return octet >= 48 && octet <= 57
}

/** quirk: NIL, or a quoted number, where a number is due. */
function parseSize(cursor: Cursor): number {
  if (isDigit(cursor.peek())) return cursor.number()
  const size = Number(cursor.nstring() ?? 0)
  return Number.isSafeInteger(size) && size >= 0 ? size : 0
}

function parseExtension(cursor: Cursor): Pick<BodyNode, 'disposition' | 'language' | 'location'> {
  const disposition = more(cursor) ? parseDisposition(cursor) : null
  const language = more(cursor) ? cursor.strings() : null
  const location = more(cursor) && cursor.peek() !== OPEN ? cursor.nstring() : null
  return { disposition, language, location }
}

function parseDisposition(cursor: Cursor): BodyNode['disposition'] {
  if (cursor.peek() !== OPEN) {
    const type = cursor.nstring() // quirk: the type alone
    return type === null ? null : { type: type.toLowerCase(), parameters: {} }
  }
  cursor.pos++
  const type = more(cursor) ? (cursor.nstring() ?? '') : ''
  const parameters = more(cursor) ? parseParameters(cursor) : {}
  while (more(cursor)) cursor.skip()
  cursor.expect(CLOSE)
  return { type: type.toLowerCase(), parameters }
}

function parseParameters(cursor: Cursor): Record<string, string> {
  if (cursor.peek() !== OPEN) {
    if (cursor.peek() === QUOTE) cursor.skip()
    else cursor.nbytes()
    return {}
  }
  const strings = cursor.strings() ?? []
  const entries: [string, string][] = []
  for (let i = 0; i + 1 < strings.length; i += 2) {
    entries.push([(strings[i] as string).toLowerCase(), strings[i + 1] as string])
  }
  // fromEntries defines own members: a parameter named __proto__ is one like any other.
  return Object.fromEntries(entries)
}
