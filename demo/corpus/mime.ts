// Builds messages octet by octet, in the charsets and encodings that people's mail programs of thirty years have used. Everything it makes
// is valid MIME: hostile mail is another corpus.

import { createHash } from 'node:crypto'
import iconv from 'iconv-lite'
import type { Person } from './people.ts'

/** A whole MIME entity: header lines, empty line, body. */
export type Entity = Buffer

export type Charset =
  | 'us-ascii'
  | 'utf-8'
  | 'iso-8859-1'
  | 'iso-8859-15'
  | 'windows-1252'
  | 'windows-1251'
  | 'koi8-r'
  | 'iso-2022-jp'
  | 'shift_jis'
  | 'gb18030'

export interface Envelope {
  readonly from: Person
  readonly to: readonly Person[]
  readonly cc?: readonly Person[]
  readonly subject: string
  readonly date: Date
  /** Minutes east of Greenwich that the sender's clock shows. */
  readonly zoneMinutes?: number
  readonly messageId: string
  readonly references?: readonly string[]
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly charset?: Charset
}

export function message(envelope: Envelope, body: Entity): Buffer {
  const charset = envelope.charset ?? 'utf-8'
  const addresses = (list: readonly Person[]) => list.map((person) => mailbox(person, charset)).join(',\r\n ')
  const references = envelope.references ?? []
  const lines = [
    `Date: ${rfc5322Date(envelope.date, envelope.zoneMinutes ?? 60)}`,
    `From: ${mailbox(envelope.from, charset)}`,
    `To: ${addresses(envelope.to)}`,
    ...(envelope.cc?.length ? [`Cc: ${addresses(envelope.cc)}`] : []),
    `Subject: ${encodeUnstructured(envelope.subject, charset)}`,
    `Message-ID: <${envelope.messageId}>`,
    ...(references.length > 0 ? [`In-Reply-To: <${references.at(-1)}>`] : []),
    ...(references.length > 0 ? [`References: ${references.map((id) => `<${id}>`).join('\r\n ')}`] : []),
    ...(envelope.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n`), body])
}

export function text(
  content: string,
  options: { charset?: Charset; isFlowed?: boolean; subtype?: string } = {},
): Entity {
  const wanted = options.charset ?? 'utf-8'
  const charset = wanted === 'utf-8' && isAscii(content) ? 'us-ascii' : wanted
  const lines = options.isFlowed ? flow(content) : content
  const flowed = options.isFlowed ? '; format=flowed' : ''
  return leaf([`Content-Type: text/${options.subtype ?? 'plain'}; charset=${charset}${flowed}`], lines, charset)
}

export const html = (content: string, charset: Charset = 'utf-8'): Entity => text(content, { charset, subtype: 'html' })

export function multipart(subtype: string, parts: readonly Entity[], parameters = ''): Entity {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  const boundary = `=_${hash.digest('hex').slice(0, 28)}`
  return Buffer.concat([
    Buffer.from(`Content-Type: multipart/${subtype}${parameters};\r\n boundary="${boundary}"\r\n\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ])
}

export interface FileContent {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
}

/** With `contentId`, an image for an HTML part beside it (RFC 2392). */
export function attachment(file: FileContent, contentId?: string, charset: Charset = 'utf-8'): Entity {
  const disposition = contentId === undefined ? 'attachment' : 'inline'
  const lines = [
    `Content-Type: ${file.type};\r\n name="${isAscii(file.name) ? file.name : encodeWords(file.name, charset)}"`,
    `Content-Disposition: ${disposition};\r\n ${parameter('filename', file.name, charset)}`,
    'Content-Transfer-Encoding: base64',
    ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${base64Lines(file.bytes)}\r\n`)
}

/** RFC 2046 §5.2.1: a whole message inside another; never encoded. */
export function enclosed(inner: Buffer): Entity {
  return Buffer.concat([Buffer.from('Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n'), inner])
}

export function plain(contentType: string, content: string): Entity {
  return leaf([`Content-Type: ${contentType}`], content, isAscii(content) ? 'us-ascii' : 'utf-8')
}

function leaf(headers: readonly string[], content: string, charset: Charset): Entity {
  const crlf = content.replaceAll(/\r?\n/g, '\r\n').replace(/(\r\n)?$/, '\r\n')
  const bytes = encodeCharset(crlf, charset)
  // What the mail programs of each charset's time and place do.
  const encoding =
    bytes.every((byte) => byte < 128) && !/[^\r\n]{990}/.test(crlf)
      ? '7bit'
      : /jis|gb18030|koi8/.test(charset)
        ? 'base64'
        : 'quoted-printable'
  const body =
    encoding === '7bit'
      ? bytes
      : Buffer.from(encoding === 'base64' ? `${base64Lines(bytes)}\r\n` : quotedPrintable(bytes))
  return Buffer.concat([
    Buffer.from(`${[...headers, `Content-Transfer-Encoding: ${encoding}`].join('\r\n')}\r\n\r\n`),
    body,
  ])
}

export function encodeCharset(content: string, charset: Charset): Buffer {
  if (charset === 'utf-8' || charset === 'us-ascii') return Buffer.from(content)
  return charset === 'iso-2022-jp' ? iso2022jp(content) : iconv.encode(content, charset)
}

/** Whether every character of it exists in the charset. */
export function canEncode(content: string, charset: Charset): boolean {
  if (charset === 'utf-8') return true
  const name = charset === 'iso-2022-jp' ? 'euc-jp' : charset
  return iconv.decode(iconv.encode(content, name), name) === content
}

/** RFC 1468, by way of EUC-JP: the same two octets with their high bits off, between two escape sequences. */
function iso2022jp(content: string): Buffer {
  const octets: number[] = []
  let isWide = false
  const euc = iconv.encode(content, 'euc-jp')
  for (let n = 0; n < euc.length; n++) {
    const octet = euc[n] as number
    const wide = octet >= 0xa1
    if (wide !== isWide) octets.push(0x1b, ...(wide ? [0x24, 0x42] : [0x28, 0x42]))
    isWide = wide
    octets.push(octet & 0x7f)
    if (wide) octets.push((euc[++n] as number) & 0x7f)
  }
  if (isWide) octets.push(0x1b, 0x28, 0x42)
  return Buffer.from(octets)
}

const isAscii = (content: string): boolean => /^[\x00-\x7f]*$/.test(content)
const base64Lines = (bytes: Buffer): string => (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n')

function quotedPrintable(bytes: Buffer): string {
  let out = ''
  let column = 0
  for (let n = 0; n < bytes.length; n++) {
    const octet = bytes[n] as number
    if (octet === 13 && bytes[n + 1] === 10) {
      out += '\r\n'
      column = 0
      n++
      continue
    }
    const endsLine = bytes[n + 1] === 13 || n + 1 === bytes.length
    const isPlain = (octet > 32 && octet < 127 && octet !== 61) || (octet === 32 && !endsLine)
    const token = isPlain ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
    if (column + token.length > 75) {
      out += '=\r\n'
      column = 0
    }
    out += token
    column += token.length
  }
  return out
}

/** RFC 3676: soft breaks are lines that end in a space. */
function flow(content: string): string {
  return content
    .split('\n')
    .map((line) => {
      if (line.startsWith('>') || line === '-- ' || line.length <= 72)
        return /^( |From )/.test(line) ? ` ${line}` : line
      return (line.match(/.{1,70}(?:\s|$)/g) ?? [line])
        .map((piece, n, all) => (n < all.length - 1 ? piece : piece.trimEnd()))
        .join('\n')
    })
    .join('\n')
}

function mailbox(person: Person, charset: Charset): string {
  if (isAscii(person.name))
    return /[^\w '-]/.test(person.name) ? `"${person.name}" <${person.address}>` : `${person.name} <${person.address}>`
  return `${encodeWords(person.name, charset)} <${person.address}>`
}

function encodeUnstructured(value: string, charset: Charset): string {
  return isAscii(value) ? value.replaceAll(/(.{50,70}) /g, '$1\r\n ') : encodeWords(value, charset)
}

/** RFC 2047: words of at most 75 characters, none of which splits a character. */
function encodeWords(value: string, charset: Charset): string {
  const fits = encodeCharset(value, charset)
  const isLatin = fits.filter((octet) => octet > 127).length * 3 < fits.length && charset !== 'iso-2022-jp'
  const words: string[] = []
  let piece = ''
  const encoded = (chars: string) => {
    const bytes = encodeCharset(chars, charset)
    if (!isLatin) return `=?${charset.toUpperCase()}?B?${bytes.toString('base64')}?=`
    const q = [...bytes].map((octet) => {
      const char = String.fromCharCode(octet)
      return char === ' '
        ? '_'
        : /[A-Za-z0-9!*+/-]/.test(char)
          ? char
          : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
    })
    return `=?${charset}?Q?${q.join('')}?=`
  }
  for (const char of value) {
    if (encoded(piece + char).length > 74) {
      words.push(encoded(piece))
      piece = ''
    }
    piece += char
  }
  return [...words, encoded(piece)].join('\r\n ')
}

/** RFC 2231: with a charset where needed, in numbered pieces where long. */
function parameter(name: string, value: string, charset: Charset): string {
  if (isAscii(value)) return `${name}="${value}"`
  const octets = [...encodeCharset(value, charset)].map((octet) =>
    /[A-Za-z0-9._-]/.test(String.fromCharCode(octet))
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  )
  if (octets.join('').length < 60) return `${name}*=${charset}''${octets.join('')}`
  const pieces: string[] = ['']
  for (const octet of octets) {
    if ((pieces.at(-1) as string).length + octet.length > 54) pieces.push('')
    pieces[pieces.length - 1] += octet
  }
  return pieces.map((piece, n) => `${name}*${n}*=${n === 0 ? `${charset}''` : ''}${piece}`).join(';\r\n ')
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function rfc5322Date(date: Date, zoneMinutes: number): string {
  const local = new Date(date.getTime() + zoneMinutes * 60_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const zone = `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zoneMinutes) / 60))}${two(Math.abs(zoneMinutes) % 60)}`
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`
  return `${DAYS[local.getUTCDay()]}, ${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]} ${local.getUTCFullYear()} ${time} ${zone}`
}
