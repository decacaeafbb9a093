// A header block as a list of fields in their order: RFC 5322 §2.2. Bytes in, bytes kept; forms are header-forms.ts's.
// Takes whatever was sent: bare LF line ends, lines without a colon (left out), NULs, 8-bit octets.

import { guessText } from './charset.ts'

export interface HeaderField {
  /** As written in the message. */
  readonly name: string
  /** From the octet after the colon to the one before the CRLF that ends the field, folding included. */
  readonly value: Uint8Array
}

const CR = 0x0d
const LF = 0x0a
const COLON = 0x3a

const isBlank = (octet: number | undefined) => octet === 0x20 || octet === 0x09

/** Where the body begins: one past the empty line, or the end where there is none. */
export function endOfHeader(bytes: Uint8Array, from = 0): number {
  let at = from
  while (at < bytes.length) {
    if (bytes[at] === LF) return at + 1
    if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2
    const newline = bytes.indexOf(LF, at)
    if (newline < 0) return bytes.length
    at = newline + 1
  }
  return bytes.length
}

/** Stops at the empty line or at the end of the bytes. */
export function parseHeaderFields(bytes: Uint8Array): readonly HeaderField[] {
  const fields: HeaderField[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) break
    let end = bytes.indexOf(LF, at)
    // A field goes on as long as the next line begins with white space (folding, RFC 5322 §2.2.3).
    while (end >= 0 && isBlank(bytes[end + 1])) end = bytes.indexOf(LF, end + 1)
    const next = end < 0 ? bytes.length : end + 1
    let stop = end < 0 ? bytes.length : end
    if (stop > at && bytes[stop - 1] === CR) stop--
    const field = parseField(bytes.subarray(at, stop))
    if (field) fields.push(field)
    at = next
  }
  return fields
}

function parseField(line: Uint8Array): HeaderField | null {
  const colon = line.indexOf(COLON)
  if (colon <= 0) return null
  // RFC 5322 §4.5: white space before the colon is obsolete, and seen.
  const name = latin1(line.subarray(0, colon)).trimEnd()
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) return null
  return { name, value: line.subarray(colon + 1) }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** RFC 8621 §4.1.2.1 (Raw): runs that are not UTF-8 become U+FFFD, NULs are dropped. */
export function rawValue(value: Uint8Array): string {
  const text = utf8.decode(value)
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

/** What the parsed forms start from: 8-bit octets that are not UTF-8 are read as windows-1252, which is what they nearly always are. */
export function lenientValue(value: Uint8Array): string {
  return guessText(value).text.replaceAll('\0', '')
}

/** RFC 5322 §2.2.3; stray CR and LF, which nothing may carry on, become a space. */
export function unfold(value: string): string {
  if (!/[\r\n]/.test(value)) return value
  return value.replace(/\r?\n(?=[ \t])/g, '').replace(/[\r\n]+/g, ' ')
}
