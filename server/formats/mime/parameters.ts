// `value; name=value; …` of Content-Type and Content-Disposition: RFC 2045 §5.1 with the continuations and charsets of
// RFC 2231, and the encoded words that many senders put there although RFC 2047 §5 forbids it.

import { decodeCharset } from './charset.ts'
import { decodeWords } from './encoded-words.ts'
import { stripComments } from './structured-fields.ts'

export interface ParameterizedValue {
  /** Lower case, comments gone; '' when there is none. */
  readonly value: string
  /** Names lower case, values decoded. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A message may hold any number; beyond this many the rest is left. */
const MAX_PARAMETERS = 200

/** Cuts at semicolons outside quotes. */
function splitParameters(text: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '\\' && isQuoted) at++
    else if (char === '"') isQuoted = !isQuoted
    else if (char === ';' && !isQuoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquote(text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('"')) return trimmed
  const end = trimmed.length > 1 && trimmed.endsWith('"') ? -1 : undefined
  return trimmed.slice(1, end).replace(/\\(.)/gs, '$1')
}

/** The value and its parameters as written, quotes undone: for what is compared byte by byte. */
export function splitParameterized(text: string): {
  readonly value: string
  readonly raw: readonly (readonly [name: string, value: string])[]
} {
  const [head = '', ...rest] = splitParameters(stripComments(text))
  const raw: [string, string][] = []
  for (const part of rest.slice(0, MAX_PARAMETERS)) {
    const equals = part.indexOf('=')
    if (equals > 0) raw.push([part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1))])
  }
  return { value: head.trim().toLowerCase(), raw }
}

export function parseParameterized(text: string): ParameterizedValue {
  const { value, raw } = splitParameterized(text)
  return { value, parameters: decodeParameters(raw) }
}

interface Section {
  readonly index: number
  readonly isEncoded: boolean
  readonly text: string
}

/** Joins `name*0*`, `name*1` … and decodes (RFC 2231 §3–4). The extended form of a name wins over the plain one. */
export function decodeParameters(raw: Iterable<readonly [name: string, value: string]>): ReadonlyMap<string, string> {
  const plain = new Map<string, string>()
  const extended = new Map<string, Section[]>()
  for (const [key, text] of raw) {
    const match = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(key)
    if (!match) {
      if (!plain.has(key)) plain.set(key, decodeWords(text))
      continue
    }
    const [, name = '', index, star] = match
    const sections = extended.get(name) ?? []
    sections.push({ index: Number(index ?? 0), isEncoded: index === undefined || star === '*', text })
    extended.set(name, sections)
  }
  for (const [name, sections] of extended) plain.set(name, joinSections(sections))
  return plain
}

function joinSections(sections: readonly Section[]): string {
  const ordered = [...sections].sort((a, b) => a.index - b.index)
  let charset: string | null = null
  const bytes: Buffer[] = []
  for (const [position, section] of ordered.entries()) {
    let text = section.text
    if (section.isEncoded) {
      const prefix = position === 0 ? /^([^']*)'[^']*'/.exec(text) : null
      if (prefix) {
        charset = prefix[1] === '' ? null : prefix[1]!
        text = text.slice(prefix[0].length)
      }
      bytes.push(percentDecode(text))
    } else bytes.push(Buffer.from(text))
  }
  return decodeCharset(Buffer.concat(bytes), charset).text
}

function percentDecode(text: string): Buffer {
  const source = Buffer.from(text)
  const bytes = Buffer.alloc(source.length)
  let length = 0
  for (let at = 0; at < source.length; at++) {
    const hex = source[at] === 0x25 ? source.toString('latin1', at + 1, at + 3) : ''
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16)
      at += 2
    } else bytes[length++] = source[at]!
  }
  return bytes.subarray(0, length)
}

const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/
/** RFC 2231 §7, attribute-char. */
const attributeChar = /[!#$&+\-.0-9A-Z^_`a-z{|}~]/
const MAX_SECTION = 60

/** One parameter as the pieces that go into the field, each to follow `; `: a token, a quoted string, or RFC 2231 sections. */
export function formatParameter(name: string, value: string): readonly string[] {
  if (token.test(value) && value.length <= MAX_SECTION) return [`${name}=${value}`]
  if (/^[\x20-\x7e]*$/.test(value) && value.length <= MAX_SECTION) {
    return [`${name}="${value.replace(/["\\]/g, '\\$&')}"`]
  }
  const sections: string[] = []
  let section = "utf-8''"
  for (const character of value) {
    const encoded = [...Buffer.from(character)]
      .map((octet) => {
        const char = String.fromCharCode(octet)
        return octet < 0x80 && attributeChar.test(char) ? char : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
      })
      .join('')
    if (section.length + encoded.length > MAX_SECTION) {
      sections.push(section)
      section = ''
    }
    section += encoded
  }
  sections.push(section)
  if (sections.length === 1) return [`${name}*=${section}`]
  return sections.map((text, index) => `${name}*${index}*=${text}`)
}
