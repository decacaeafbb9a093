// Reads the tokens of one response (RFC 9051 §9): atoms, numbers, strings, lists. Throws ProtocolError where the grammar ends.

import { isUtf8 } from 'node:buffer'
import type { Frame } from './framer.ts'
import { maxDepth } from './limits.ts'
import { ProtocolError } from './protocol-error.ts'

const SP = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const BACKSLASH = 92
const OPEN_BRACE = 123
const TILDE = 126

/** A string whose octets went to a sink. */
export const streamedLiteral = Symbol('streamed literal')

/** UTF-8 where it is valid, else Latin-1: never U+FFFD in place of what the server sent. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8', 0, bytes.length) : bytes.toString('latin1', 0, bytes.length)
}

export class Cursor {
  bytes: Buffer = Buffer.alloc(0)
  pos = 0
  end = 0
  #streamed: readonly number[] | null = null

  /** Begins with a new response, without its line end. */
  reset(frame: Frame): this {
    this.bytes = frame.bytes
    this.#streamed = frame.streamed
    this.pos = 0
    let end = frame.bytes.length
    if (end > 0 && frame.bytes[end - 1] === 10) end--
    if (end > 0 && frame.bytes[end - 1] === 13) end--
    this.end = end
    return this
  }

  fail(what: string): never {
    const near = this.bytes.toString('latin1', this.pos, Math.min(this.end, this.pos + 24))
    throw new ProtocolError(`${what} at ${this.pos}: ${JSON.stringify(near)}`)
  }

  peek(): number {
    return this.pos < this.end ? (this.bytes[this.pos] as number) : -1
  }

  /** Takes the octet when it is next. */
  take(octet: number): boolean {
    if (this.peek() !== octet) return false
    this.pos++
    return true
  }

  expect(octet: number): void {
    if (!this.take(octet)) this.fail(`expected ${String.fromCharCode(octet)}`)
  }

  space(): void {
    if (this.peek() !== SP) this.fail('expected space')
    // quirk: two spaces where one stands in the grammar (seen of Exchange and Courier)
    while (this.peek() === SP) this.pos++
  }

  atEnd(): boolean {
    return this.pos >= this.end
  }

  number(): number {
    const from = this.pos
    let value = 0
    while (this.pos < this.end) {
      const digit = (this.bytes[this.pos] as number) - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      this.pos++
    }
    if (this.pos === from) this.fail('expected number')
    if (!Number.isSafeInteger(value)) this.fail('number out of range')
    return value
  }

  bigint(): bigint {
    const from = this.pos
    while (this.pos < this.end && ((this.bytes[this.pos] as number) - 48) >>> 0 <= 9) this.pos++
    const length = this.pos - from
    if (length === 0 || length > 20) this.fail('expected number')
    return BigInt(this.bytes.toString('latin1', from, this.pos))
  }

  /** Everything up to a space, parenthesis, quote, brace or the end; keeps `[`, `]`, `\`, `*`, `%`. */
  atom(): string {
    const from = this.pos
    while (this.pos < this.end && isAtomOctet(this.bytes[this.pos] as number)) this.pos++
    if (this.pos === from) this.fail('expected atom')
    return this.bytes.toString('latin1', from, this.pos)
  }

  /** Quoted or literal, as octets; null for NIL; the symbol when a sink has them. */
  nbytes(): Buffer | null | typeof streamedLiteral {
    const next = this.peek()
    if (next === QUOTE) return this.#quoted()
    if (next === OPEN_BRACE || next === TILDE) return this.#literal()
    const from = this.pos
    const atom = this.atom()
    if (atom.length === 3 && atom.toUpperCase() === 'NIL') return null
    // quirk: an atom where a string is due; harmless
    return this.bytes.subarray(from, this.pos)
  }

  nstring(): string | null {
    const bytes = this.nbytes()
    if (bytes === streamedLiteral) return null
    return bytes === null ? null : decodeText(bytes)
  }

  /** An astring: NIL is a word like another here, other than in `nbytes`. */
  astringBytes(): Buffer {
    const next = this.peek()
    if (next === QUOTE || next === OPEN_BRACE || next === TILDE) {
      const bytes = this.nbytes()
      return bytes === null || bytes === streamedLiteral ? Buffer.alloc(0) : bytes
    }
    const from = this.pos
    this.atom()
    return this.bytes.subarray(from, this.pos)
  }

  astring(): string {
    return decodeText(this.astringBytes())
  }

  #quoted(): Buffer {
    const from = ++this.pos
    const bytes = this.bytes
    let escapes = 0
    for (; this.pos < this.end; this.pos++) {
      const octet = bytes[this.pos]
      if (octet === QUOTE) {
        const raw = bytes.subarray(from, this.pos++)
        return escapes === 0 ? raw : withoutEscapes(raw, escapes)
      }
      if (octet === BACKSLASH) {
        escapes++
        this.pos++
      }
    }
    return this.fail('open quote')
  }

  #literal(): Buffer | typeof streamedLiteral {
    this.take(TILDE)
    this.expect(OPEN_BRACE)
    const size = this.number()
    this.take(43)
    this.expect(125)
    this.take(13)
    this.expect(10)
    if (this.#streamed?.includes(this.pos)) return streamedLiteral
    if (this.pos + size > this.end) this.fail('literal is cut')
    const bytes = this.bytes.subarray(this.pos, this.pos + size)
    this.pos += size
    return bytes
  }

  /** Calls for each member of a parenthesised list; the cursor stands on `(`. */
  list(member: () => void): void {
    this.expect(OPEN)
    while (this.peek() === SP) this.pos++
    while (!this.take(CLOSE)) {
      if (this.atEnd()) this.fail('open list')
      const before = this.pos
      member()
      if (this.pos === before) this.fail('unexpected octet')
      while (this.peek() === SP) this.pos++
    }
  }

  /** A list of strings, or NIL, or one string: null for NIL. */
  strings(): string[] | null {
    if (this.peek() !== OPEN) {
      const one = this.nstring()
      return one === null ? null : [one]
    }
    const out: string[] = []
    this.list(() => out.push(this.nstring() ?? ''))
    return out
  }

  /** Passes over one value of any kind, lists with all that is in them. */
  skip(): void {
    let depth = 0
    do {
      const next = this.peek()
      if (next === -1) this.fail('open value')
      if (next === OPEN) {
        if (++depth > maxDepth) this.fail('nested too deep')
        this.pos++
      } else if (next === CLOSE) {
        if (depth === 0) this.fail('unexpected )')
        depth--
        this.pos++
      } else if (next === SP && depth > 0) this.pos++
      else this.nbytes()
    } while (depth > 0)
  }

  /** The rest of the line as text. */
  rest(): string {
    const text = decodeText(this.bytes.subarray(this.pos, this.end))
    this.pos = this.end
    return text
  }
}

function isAtomOctet(octet: number): boolean {
  return octet > SP && octet !== OPEN && octet !== CLOSE && octet !== QUOTE && octet !== OPEN_BRACE && octet !== 127
}

function withoutEscapes(raw: Buffer, escapes: number): Buffer {
  const out = Buffer.allocUnsafe(raw.length - escapes)
  let to = 0
  for (let from = 0; from < raw.length; from++) {
    if (raw[from] === BACKSLASH) from++
    out[to++] = raw[from] as number
  }
  return out.subarray(0, to)
}
