// Header fields for what we write: RFC 5322 §2.2, §3; RFC 2047; RFC 8621 §4.1.2 in reverse. No value, whatever is in it, can
// begin a further field or end the header: line breaks are made here alone. Throws `badInput` for what has no safe form.

import { Failure } from '#core/errors.ts'
import type { Address, AddressGroup } from './addresses.ts'
import { encodeWords } from './encoded-words.ts'
import type { HeaderForm, HeaderValue } from './header-forms.ts'
import { formatParameter } from './parameters.ts'
import { formatMailDate, parseJmapDate } from './structured-fields.ts'

export interface HeaderToWrite {
  readonly name: string
  readonly form: HeaderForm
  readonly value: HeaderValue
}

const MAX_LINE = 76
/** RFC 5322 §2.1.1. */
const HARD_LINE = 998
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/

const refuse = (reason: string): never => {
  throw new Failure('badInput', { reason })
}

/** Pieces that may not be cut, joined by a space or by a line break and a space. */
function fold(name: string, pieces: readonly string[]): string {
  let out = `${name}:`
  let length = out.length
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && length + 1 + piece.length > MAX_LINE) {
      out += '\r\n'
      length = 0
    }
    out += ` ${piece}`
    length += 1 + piece.length
  }
  return `${out}\r\n`
}

/** Words of ASCII text; more than one space between two words stays with the word before. */
function words(text: string): readonly string[] {
  return text.split(/ (?! |$)/)
}

/**
 * Unstructured text. All from the first to the last word that must be encoded is, so that the spaces among them are kept (white space
 * between encoded words means nothing).
 */
function textPieces(value: string): readonly string[] {
  const text = value.replace(/[\r\n\t]+ */g, ' ').replace(new RegExp(control, 'g'), '')
  const pieces = text.split(' ')
  const isPlain = (word: string) => /^[\x21-\x7e]*$/.test(word) && !word.includes('=?') && word.length < HARD_LINE - 2
  const first = pieces.findIndex((word) => !isPlain(word))
  if (first < 0) return words(text)
  const last = pieces.findLastIndex((word) => !isPlain(word))
  const before = pieces.slice(0, first).join(' ')
  const after = pieces.slice(last + 1).join(' ')
  const encoded = encodeWords(pieces.slice(first, last + 1).join(' ')).split(' ')
  return [...(before === '' ? [] : words(before)), ...encoded, ...(after === '' ? [] : words(after))]
}

/** RFC 8621 §4.1.2.1: as given, folding included; a space is put before it where there is none. */
function writeRaw(name: string, value: string): string {
  if (control.test(value)) refuse('a control character')
  if (/\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])|\r\n[ \t]+(\r\n|$)/.test(value))
    refuse('a line break that begins no folded line')
  const spaced = /^([ \t]|$)/.test(value) ? value : ` ${value}`
  const isAscii = /^[\x09\x0a\x0d\x20-\x7e]*$/.test(spaced)
  const isShort = `${name}:${spaced}`.split('\r\n').every((line) => Buffer.byteLength(line) <= HARD_LINE)
  if (isAscii && isShort) return `${name}:${spaced}\r\n`
  return fold(name, textPieces(spaced.trim()))
}

/** A display name: quoted where it is ASCII, since a bare phrase may not hold a dot. */
function phrase(name: string): readonly string[] {
  const text = name.replace(/[\r\n\t]+/g, ' ').replace(new RegExp(control, 'g'), '')
  if (/^[\x20-\x7e]*$/.test(text) && text.length < 500) return [`"${text.replace(/["\\]/g, '\\$&')}"`]
  return encodeWords(text).split(' ')
}

const plainSpec = /^[^\s<>(),;:\\"[\]@]+@([^\s<>(),;:\\"@[\]]+|\[[^\s<>\\[\]]+\])$/
const quotedSpec = /^"([^"\\]|\\.)*"@[^\s<>(),;:\\"@]+$/

/** What a person is still typing is kept as a quoted string, which no reader takes for more than one address. */
function addressSpec(email: string): string {
  if (control.test(email) || /[\r\n]/.test(email)) refuse('a control character in an address')
  const spec = email.trim()
  if (plainSpec.test(spec) || quotedSpec.test(spec) || /^[^\s<>(),;:\\"[\]@]+$/.test(spec)) return spec
  return `"${spec.replace(/["\\]/g, '\\$&')}"`
}

function addressPieces(address: Address): string[] {
  const spec = addressSpec(address.email)
  if (address.name === null || address.name.trim() === '') return [spec]
  return [...phrase(address.name), `<${spec}>`]
}

/** Each address but the last ends in a comma. */
function listPieces(addresses: readonly Address[]): string[] {
  return addresses.flatMap((address, index) => {
    const pieces = addressPieces(address)
    if (index < addresses.length - 1) pieces.push(`${pieces.pop()},`)
    return pieces
  })
}

function groupPieces(groups: readonly AddressGroup[]): readonly string[] {
  return groups.flatMap((group, index) => {
    const pieces = listPieces(group.addresses)
    if (group.name !== null) {
      const label = [...phrase(group.name)]
      label.push(`${label.pop()}:`)
      pieces.unshift(...label)
      pieces.push(`${pieces.pop()};`)
    }
    // RFC 5322 §3.4: a group ends in `;`, and a comma still parts it from what follows.
    if (index < groups.length - 1 && pieces.length > 0) pieces.push(`${pieces.pop()},`)
    return pieces
  })
}

function bracketed(value: string): string {
  if (value === '' || /[\s<>]/.test(value) || control.test(value)) refuse('white space or a bracket within brackets')
  return `<${value}>`
}

export function writeHeader({ name, form, value }: HeaderToWrite): string {
  if (!/^[\x21-\x39\x3b-\x7e]{1,200}$/.test(name)) refuse('a field name')
  if (value === null) return ''
  switch (form) {
    case 'Raw':
      return writeRaw(name, value as string)
    case 'Text':
      return fold(name, textPieces(value as string))
    case 'Addresses':
      return fold(name, listPieces(value as readonly Address[]))
    case 'GroupedAddresses':
      return fold(name, groupPieces(value as readonly AddressGroup[]))
    case 'MessageIds':
      return fold(name, (value as readonly string[]).map(bracketed))
    case 'URLs':
      return fold(
        name,
        (value as readonly string[]).map((url, index, all) => bracketed(url) + (index < all.length - 1 ? ',' : '')),
      )
    case 'Date': {
      const date = parseJmapDate(value as string) ?? refuse('a date')
      return fold(name, [formatMailDate(date)])
    }
  }
}

/** `value; name=value …`, each parameter on a line where it does not fit. */
export function writeParameterized(
  name: string,
  value: string,
  parameters: readonly (readonly [name: string, value: string])[],
): string {
  const pieces = [value, ...parameters.flatMap(([key, text]) => formatParameter(key, text))]
  return fold(
    name,
    pieces.map((piece, index) => (index < pieces.length - 1 ? `${piece};` : piece)),
  )
}
