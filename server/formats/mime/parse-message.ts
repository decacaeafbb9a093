// A raw message as its MIME tree: RFC 2046 §5.1, in one pass over the octets, which the parts refer to and never copy.
//
// Whatever the input, every octet that could be meant for a reader ends up in some leaf: a multipart that cannot be taken apart
// (no boundary, none found, too deep, too many) is a leaf of text. message/rfc822 is a leaf too: open it by parsing its content.

import { endOfHeader, type HeaderField, parseHeaderFields } from './header-fields.ts'
import { describePart, type MimePart, type PartDescription } from './mime-part.ts'

export interface MimeLimits {
  readonly maxDepth: number
  readonly maxParts: number
}

/** Dovecot's own, so that its BODYSTRUCTURE and our tree end at the same places. */
export const mimeLimits: MimeLimits = { maxDepth: 100, maxParts: 10_000 }

interface Draft {
  readonly section: string
  readonly description: PartDescription
  readonly fields: readonly HeaderField[]
  readonly bodyStart: number
  readonly children: Draft[]
  readonly isMultipart: boolean
  bodyEnd: number
}

interface OpenMultipart {
  readonly part: Draft
  readonly boundary: Buffer
}

interface Delimiter {
  /** Index in the stack of open multiparts. */
  readonly owner: number
  readonly isClose: boolean
}

const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d

/** `sectionPrefix`: of the message/rfc822 part that holds this message, '' for a whole message. */
export function parseMessage(raw: Uint8Array, sectionPrefix = '', limits: MimeLimits = mimeLimits): MimePart {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const open: OpenMultipart[] = []
  let partCount = 0
  let leaf: Draft | null = null

  /** Reads a part's header at `start`; gives it, and where its body begins. */
  const beginPart = (start: number): Draft => {
    const parent = open.at(-1)?.part ?? null
    const headerEnd = findHeaderEnd(bytes, start, open)
    const fields = parseHeaderFields(bytes.subarray(start, headerEnd))
    const description = describePart(fields, parent?.description.type === 'multipart/digest')
    const boundary = description.type.startsWith('multipart/')
      ? (description.boundary ?? guessBoundary(bytes, headerEnd))
      : null
    const isMultipart = boundary !== null && open.length < limits.maxDepth
    const draft: Draft = {
      section: sectionOf(parent, sectionPrefix, isMultipart),
      description,
      fields,
      bodyStart: headerEnd,
      bodyEnd: bytes.length,
      children: [],
      isMultipart,
    }
    partCount++
    parent?.children.push(draft)
    if (isMultipart) open.push({ part: draft, boundary: Buffer.from(boundary, 'latin1') })
    leaf = isMultipart ? null : draft
    return draft
  }

  /** Ends the open multiparts down to `depth`, and the leaf. */
  const endParts = (depth: number, end: number) => {
    if (leaf) leaf.bodyEnd = Math.max(leaf.bodyStart, end)
    leaf = null
    for (const { part } of open.splice(depth)) part.bodyEnd = Math.max(part.bodyStart, end)
  }

  const root = beginPart(0)
  let at = root.bodyStart
  // At the limit the part just begun, which nothing ends any more, keeps all that follows.
  while (open.length > 0 && partCount < limits.maxParts) {
    const line = nextDashes(bytes, at)
    if (line < 0) break
    const lineEnd = endOfLine(bytes, line)
    const delimiter = matchDelimiter(bytes, line, lineEnd, open)
    at = lineEnd
    if (!delimiter) continue
    // RFC 2046 §5.1.1: the line end before the delimiter belongs to it.
    endParts(delimiter.isClose ? delimiter.owner : delimiter.owner + 1, withoutLineEnd(bytes, line))
    if (!delimiter.isClose) at = beginPart(lineEnd).bodyStart
  }
  endParts(0, bytes.length)
  return finish(root, bytes, sectionPrefix)
}

function sectionOf(parent: Draft | null, prefix: string, isMultipart: boolean): string {
  if (parent) {
    const base = parent.section
    return `${base === '' ? '' : `${base}.`}${parent.children.length + 1}`
  }
  if (isMultipart) return prefix
  return prefix === '' ? '1' : `${prefix}.1`
}

/** A multipart in which no part was found becomes a leaf, and its section that of one. */
function finish(draft: Draft, bytes: Buffer, sectionPrefix: string): MimePart {
  const { boundary: _, ...description } = draft.description
  const content = bytes.subarray(draft.bodyStart, draft.bodyEnd)
  const common = { ...description, fields: draft.fields, content, encodedSize: content.length }
  if (draft.children.length > 0) {
    return {
      ...common,
      section: draft.section,
      children: draft.children.map((child) => finish(child, bytes, sectionPrefix)),
    }
  }
  const isRoot = draft.section === sectionPrefix
  const section = isRoot ? (sectionPrefix === '' ? '1' : `${sectionPrefix}.1`) : draft.section
  if (!description.type.startsWith('multipart/')) return { ...common, section, children: null }
  return { ...common, section, type: 'text/plain', charset: 'us-ascii', children: null }
}

/** The start of the next line that begins with two dashes; `from` is the start of a line. */
function nextDashes(bytes: Buffer, from: number): number {
  if (bytes[from] === DASH && bytes[from + 1] === DASH) return from
  const found = bytes.indexOf('\n--', Math.max(0, from - 1), 'latin1')
  return found < 0 ? -1 : found + 1
}

function endOfLine(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(LF, from)
  return newline < 0 ? bytes.length : newline + 1
}

function withoutLineEnd(bytes: Buffer, line: number): number {
  if (bytes[line - 1] !== LF) return line
  return bytes[line - 2] === CR ? line - 2 : line - 1
}

/**
 * RFC 2046 §5.1.1: it is enough that the boundary stands at the beginning of the line. Where several fit, the longest does
 * (one may be the beginning of another), and of equal ones the innermost.
 */
function matchDelimiter(
  bytes: Buffer,
  line: number,
  lineEnd: number,
  open: readonly OpenMultipart[],
): Delimiter | null {
  let best = -1
  let bestLength = 0
  const start = line + 2
  for (let index = open.length - 1; index >= 0; index--) {
    const { boundary } = open[index]!
    if (boundary.length <= bestLength || start + boundary.length > lineEnd || boundary[0] !== bytes[start]) continue
    if (bytes.compare(boundary, 0, boundary.length, start, start + boundary.length) !== 0) continue
    best = index
    bestLength = boundary.length
  }
  if (best < 0) return null
  const after = start + bestLength
  return { owner: best, isClose: bytes[after] === DASH && bytes[after + 1] === DASH && after + 1 < lineEnd }
}

/** A header may lack its empty line: then the next delimiter ends it. */
function findHeaderEnd(bytes: Buffer, start: number, open: readonly OpenMultipart[]): number {
  const end = endOfHeader(bytes, start)
  if (open.length === 0) return end
  for (let line = nextDashes(bytes, start); line >= 0 && line < end; ) {
    const lineEnd = endOfLine(bytes, line)
    if (matchDelimiter(bytes, line, lineEnd, open)) return line
    line = nextDashes(bytes, lineEnd)
  }
  return end
}

/** A multipart without a boundary parameter: the first line of its body tells, if it looks like a delimiter. */
function guessBoundary(bytes: Buffer, bodyStart: number): string | null {
  const text = bytes.toString('latin1', bodyStart, bodyStart + 1024)
  return /^\s*--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n/.exec(text)?.[1] ?? null
}
