// Commands to octets (RFC 9051 §9). Whatever a caller puts into a part comes out as one value of the grammar: no CR, LF or NUL
// reaches an atom or a quoted string, so that no text of a user can end a line or begin a command.

import { Failure } from '#core/errors.ts'
import { formatDate, formatDateTime } from './date-time.ts'
import { literalMinusBytes, maxQuotedBytes } from './limits.ts'
import { encodeMailboxName } from './mailbox-name.ts'
import { formatSet } from './number-set.ts'
import type { Modseq, NumberSet } from './types.ts'

export type Part =
  /** Words of the grammar from our own source, spaces and parentheses allowed: `UID FETCH`, `RETURN (COUNT)`. */
  | string
  /** A value of the outside that the grammar wants as an atom: a keyword, an extension's id. badInput if it cannot be one. */
  | { readonly atom: string }
  | { readonly string: string | Buffer }
  | { readonly mailbox: string }
  /** LIST's pattern: a mailbox name in which `*` and `%` are wild. */
  | { readonly pattern: string }
  | { readonly number: number | Modseq }
  | { readonly set: NumberSet | '1:*' | '*' }
  /** System flags with their backslash, keywords without. */
  | { readonly flags: readonly string[] }
  | { readonly date: number }
  | { readonly dateTime: number }
  | { readonly list: readonly Part[] }
  /** Octets from a stream, as a literal of exactly that size. */
  | { readonly stream: AsyncIterable<Uint8Array>; readonly size: number }

export interface SerializeOptions {
  /** After ENABLE UTF8=ACCEPT (RFC 6855): UTF-8 in quoted strings and mailbox names. */
  readonly isUtf8: boolean
  /** RFC 7888: literals need no go-ahead: all, those up to 4096 octets, none. */
  readonly nonSync: 'all' | 'small' | 'none'
}

/** What to do in turn: write octets; wait for `+`; write a stream's octets. */
export type Step =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'wait' }
  | { readonly kind: 'stream'; readonly stream: AsyncIterable<Uint8Array>; readonly size: number }

const words = /^[\x20-\x7e]+$/
const atom = /^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/
const flag = /^\\?[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/

/** The command's steps, with its tag and line end. Parts are joined by single spaces. */
export function serialize(tag: string, parts: readonly Part[], options: SerializeOptions): readonly Step[] {
  const out = new Out(options)
  out.text(tag)
  for (const part of parts) {
    out.text(' ')
    write(out, part)
  }
  out.text('\r\n')
  return out.steps()
}

class Out {
  readonly options: SerializeOptions
  readonly #steps: Step[] = []
  #pieces: Buffer[] = []
  #text = ''

  constructor(options: SerializeOptions) {
    this.options = options
  }

  /** Latin-1. */
  text(text: string): void {
    this.#text += text
  }

  bytes(bytes: Buffer): void {
    this.#flushText()
    this.#pieces.push(bytes)
  }

  literalHead(size: number): void {
    const { nonSync } = this.options
    const isNonSync = nonSync === 'all' || (nonSync === 'small' && size <= literalMinusBytes)
    this.text(`{${size}${isNonSync ? '+' : ''}}\r\n`)
    if (!isNonSync) this.#step({ kind: 'wait' })
  }

  stream(stream: AsyncIterable<Uint8Array>, size: number): void {
    this.#step({ kind: 'stream', stream, size })
  }

  steps(): readonly Step[] {
    this.#flushPieces()
    return this.#steps
  }

  #step(step: Step): void {
    this.#flushPieces()
    this.#steps.push(step)
  }

  #flushText(): void {
    if (this.#text === '') return
    this.#pieces.push(Buffer.from(this.#text, 'latin1'))
    this.#text = ''
  }

  #flushPieces(): void {
    this.#flushText()
    if (this.#pieces.length === 0) return
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces)
    this.#steps.push({ kind: 'bytes', bytes })
    this.#pieces = []
  }
}

function write(out: Out, part: Part): void {
  if (typeof part === 'string') {
    if (!words.test(part)) throw new TypeError('words of a command must be printable ASCII')
    out.text(part)
  } else if ('atom' in part) out.text(checked(part.atom, atom, 'atom'))
  else if ('string' in part) writeString(out, typeof part.string === 'string' ? utf8(part.string) : part.string)
  else if ('mailbox' in part) writeString(out, encodeMailboxName(part.mailbox, out.options.isUtf8))
  else if ('pattern' in part) writeString(out, encodeMailboxName(part.pattern, out.options.isUtf8))
  else if ('number' in part) out.text(number(part.number))
  else if ('set' in part) out.text(typeof part.set === 'string' ? part.set : formatSet(part.set))
  else if ('flags' in part) out.text(`(${part.flags.map((one) => checked(one, flag, 'flag')).join(' ')})`)
  else if ('date' in part) out.text(formatDate(part.date))
  else if ('dateTime' in part) out.text(`"${formatDateTime(part.dateTime)}"`)
  else if ('list' in part) {
    out.text('(')
    part.list.forEach((member, index) => {
      if (index > 0) out.text(' ')
      write(out, member)
    })
    out.text(')')
  } else {
    out.literalHead(part.size)
    out.stream(part.stream, part.size)
  }
}

function checked(value: string, pattern: RegExp, what: string): string {
  if (!pattern.test(value) || value.length > 1000) throw new Failure('badInput', { reason: `not a valid ${what}` })
  return value
}

function number(value: number | Modseq): string {
  const isFine = typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && value >= 0
  if (!isFine) throw new Failure('badInput', { reason: 'not a valid number' })
  return `${value}`
}

function utf8(text: string): Buffer {
  if (!text.isWellFormed()) throw new Failure('badInput', { reason: 'lone surrogate' })
  return Buffer.from(text, 'utf8')
}

/** Quoted where it may be, else a literal. Always as a string, never an atom: NIL and INBOX stay words. */
function writeString(out: Out, bytes: Buffer): void {
  if (bytes.includes(0)) throw new Failure('badInput', { reason: 'NUL in a string' })
  if (bytes.length <= maxQuotedBytes && isQuotable(bytes, out.options.isUtf8)) {
    out.text('"')
    const escaped = bytes.toString('latin1').replace(/["\\]/g, '\\$&')
    out.bytes(Buffer.from(escaped, 'latin1'))
    out.text('"')
    return
  }
  out.literalHead(bytes.length)
  out.bytes(bytes)
}

function isQuotable(bytes: Buffer, isUtf8: boolean): boolean {
  for (const octet of bytes) {
    if (octet < 32 || octet === 127 || (octet > 127 && !isUtf8)) return false
  }
  return true
}
