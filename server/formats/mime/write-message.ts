// A message to be written: planned whole before the first octet, so that its size is known (APPEND wants it) while attachments
// stream. RFC 5322, 2045, 2046, 2183, 2231. Text becomes 7bit or quoted-printable, blobs base64, embedded messages stay as they are.

import { randomBytes } from 'node:crypto'
import libqp from 'libqp'
import { Failure } from '#core/errors.ts'
import { type HeaderToWrite, writeHeader, writeParameterized } from './write-header.ts'

/** Bytes from elsewhere. May be opened more than once; gives exactly `size` octets. */
export interface BlobToWrite {
  readonly size: number
  open(): Promise<AsyncIterable<Uint8Array>>
}

export type ContentToWrite =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'blob'; readonly blob: BlobToWrite }
  | { readonly kind: 'multipart'; readonly parts: readonly PartToWrite[] }

export interface PartToWrite {
  /** Lower case `type/subtype`; of a multipart, `multipart/…`. */
  readonly type: string
  /** Of Content-Type, besides those that the members below make: `method`, `format`, … */
  readonly parameters?: readonly (readonly [name: string, value: string])[]
  /** Of a blob; text is written in us-ascii or UTF-8 as it needs. */
  readonly charset: string | null
  readonly disposition: string | null
  readonly name: string | null
  readonly cid: string | null
  readonly language: readonly string[] | null
  readonly location: string | null
  /** Further fields. One of the MIME fields that the members above make takes its place. */
  readonly headers: readonly HeaderToWrite[]
  readonly content: ContentToWrite
}

export interface MessageToWrite {
  readonly headers: readonly HeaderToWrite[]
  readonly body: PartToWrite
}

export interface PlannedMessage {
  readonly size: number
  /** May be called more than once: the same octets each time. */
  write(): AsyncGenerator<Uint8Array>
}

type Piece = Buffer | { readonly blob: BlobToWrite; readonly encoding: 'base64' | 'lines'; readonly size: number }

export async function planMessage(message: MessageToWrite): Promise<PlannedMessage> {
  const pieces: Piece[] = []
  const named = new Set(message.headers.map((header) => header.name.toLowerCase()))
  const top = message.headers.map(writeHeader).join('')
  const version = named.has('mime-version') ? '' : 'MIME-Version: 1.0\r\n'
  pieces.push(Buffer.from(top + version))
  await planPart(message.body, pieces)
  const size = pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.size), 0)
  return { size, write: () => writePieces(pieces) }
}

async function planPart(part: PartToWrite, pieces: Piece[]): Promise<void> {
  const { content } = part
  if (content.kind === 'multipart') {
    // 128 random bits: no content can hold it but by being told, and it is told after the content is fixed.
    const boundary = `=_${randomBytes(16).toString('hex')}`
    pieces.push(Buffer.from(`${writePartHeader(part, { boundary })}\r\n`))
    for (const child of content.parts) {
      pieces.push(Buffer.from(`--${boundary}\r\n`))
      await planPart(child, pieces)
      pieces.push(Buffer.from('\r\n'))
    }
    pieces.push(Buffer.from(`--${boundary}--\r\n`))
    return
  }
  if (content.kind === 'text') {
    const { charset, encoding, bytes } = encodeText(content.text)
    pieces.push(Buffer.from(`${writePartHeader(part, { charset, encoding })}\r\n`), bytes)
    return
  }
  // RFC 2046 §5.2.1: a message may be encoded in 7bit, 8bit or binary alone; one with NULs has no lawful way, and base64 keeps it.
  const lines = /^message\/(rfc822|global)$/.test(part.type) ? await measureLines(content.blob) : null
  if (lines?.isText) {
    pieces.push(Buffer.from(`${writePartHeader(part, { encoding: lines.is8Bit ? '8bit' : '7bit' })}\r\n`))
    pieces.push({ blob: content.blob, encoding: 'lines', size: lines.size })
  } else {
    const encoding = 'base64'
    pieces.push(Buffer.from(`${writePartHeader(part, { charset: part.charset, encoding })}\r\n`))
    pieces.push({ blob: content.blob, encoding, size: base64Size(content.blob.size) })
  }
}

function writePartHeader(
  part: PartToWrite,
  made: { readonly charset?: string | null; readonly encoding?: string; readonly boundary?: string },
): string {
  const own = new Set(part.headers.map((header) => header.name.toLowerCase()))
  const fields = [part.headers.map(writeHeader).join('')]
  const field = (name: string, text: () => string) => {
    if (!own.has(name.toLowerCase())) fields.push(text())
  }
  field('Content-Type', () =>
    writeParameterized('Content-Type', part.type, [
      ...(part.parameters ?? []),
      ...(made.boundary ? [['boundary', made.boundary] as const] : []),
      ...(made.charset ? [['charset', made.charset] as const] : []),
      // Without a disposition there is no other place for the name.
      ...(part.name !== null && part.disposition === null ? [['name', part.name] as const] : []),
    ]),
  )
  const { encoding = '', boundary } = made
  if (!boundary) fields.push(`Content-Transfer-Encoding: ${encoding}\r\n`)
  if (part.disposition !== null) {
    const { disposition, name } = part
    field('Content-Disposition', () =>
      writeParameterized('Content-Disposition', disposition, name === null ? [] : [['filename', name]]),
    )
  }
  if (part.cid !== null) {
    const { cid } = part
    field('Content-ID', () => writeHeader({ name: 'Content-ID', form: 'MessageIds', value: [cid] }))
  }
  if (part.language !== null && part.language.length > 0) {
    const value = part.language.join(', ')
    field('Content-Language', () => writeHeader({ name: 'Content-Language', form: 'Raw', value }))
  }
  if (part.location !== null) {
    const value = encodeURI(part.location).replaceAll('%25', '%')
    field('Content-Location', () => writeHeader({ name: 'Content-Location', form: 'Raw', value }))
  }
  return fields.join('')
}

interface EncodedText {
  readonly charset: 'us-ascii' | 'utf-8'
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  readonly bytes: Buffer
}

/** The shortest of the encodings that any transport carries; every line end becomes CRLF. */
export function encodeText(text: string): EncodedText {
  const lines = text.replace(/\r\n|\r|\n/g, '\r\n')
  const isAscii = /^[\x09\x0a\x0d\x20-\x7e]*$/.test(lines)
  const charset = isAscii ? 'us-ascii' : 'utf-8'
  if (isAscii && !/[^\n]{999}/.test(lines) && !/^From /m.test(lines)) {
    return { charset, encoding: '7bit', bytes: Buffer.from(lines) }
  }
  const octets = Buffer.from(lines)
  const quoted = Buffer.from(libqp.wrap(libqp.encode(octets), 76))
  if (quoted.length <= base64Size(octets.length)) return { charset, encoding: 'quoted-printable', bytes: quoted }
  return { charset, encoding: 'base64', bytes: Buffer.from(base64Lines(octets)) }
}

/** RFC 2045 §6.8: 76 characters a line hold 57 octets. */
const LINE_OCTETS = 57

function base64Size(octets: number): number {
  const characters = 4 * Math.ceil(octets / 3)
  return characters + 2 * Math.ceil(characters / 76)
}

function base64Lines(octets: Buffer): string {
  return octets.toString('base64').replace(/.{1,76}/g, '$&\r\n')
}

async function* writePieces(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      if (piece.length > 0) yield piece
      continue
    }
    const source = countOctets(await piece.blob.open(), piece.blob.size)
    let written = 0
    for await (const chunk of piece.encoding === 'base64' ? encodeBase64(source) : normaliseLines(source)) {
      written += chunk.length
      yield chunk
    }
    if (written !== piece.size) throw new Failure('blobMissing', { expected: piece.size, written })
  }
}

/** The size was promised: octets that a store lost or made up must not become a message. */
async function* countOctets(source: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of source) {
    read += chunk.length
    if (read > expected) break
    yield chunk
  }
  if (read !== expected) throw new Failure('blobMissing', { expected, read })
}

async function* encodeBase64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let carry: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const octets = carry.length > 0 ? Buffer.concat([carry, chunk]) : Buffer.from(chunk)
    const whole = octets.length - (octets.length % LINE_OCTETS)
    if (whole > 0) yield Buffer.from(base64Lines(octets.subarray(0, whole)))
    carry = octets.subarray(whole)
  }
  if (carry.length > 0) yield Buffer.from(base64Lines(carry))
}

/** Each CRLF, LF or CR as CRLF. */
async function* normaliseLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let endsInCr = false
  for await (const chunk of source) {
    let text = Buffer.from(chunk).toString('latin1')
    if (endsInCr && text.startsWith('\n')) text = text.slice(1)
    endsInCr = text.endsWith('\r') || (endsInCr && text === '')
    yield Buffer.from(text.replace(/\r\n|\r|\n/g, '\r\n'), 'latin1')
  }
}

async function measureLines(
  blob: BlobToWrite,
): Promise<{ readonly size: number; readonly is8Bit: boolean; readonly isText: boolean }> {
  let size = 0
  let is8Bit = false
  let isText = true
  for await (const chunk of normaliseLines(await blob.open())) {
    size += chunk.length
    for (const octet of chunk) {
      if (octet > 0x7f) is8Bit = true
      else if (octet === 0) isText = false
    }
  }
  return { size, is8Bit, isText }
}
