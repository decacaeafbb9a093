// A raw message taken apart as far as the fake mail store needs: header fields, the MIME tree with the octets of each
// section, its text. Well-formed messages only; hostile input is the business of server/formats/mime.

import { decodeCharset } from '#formats/mime/charset.ts'
import { type BodyNode, listHeaderNames } from '#ports/mail-store.ts'

interface Part {
  readonly node: BodyNode
  readonly mime: string
  readonly body: string
  readonly children: readonly Part[]
}

export interface FakeMessage {
  /** First field of that name, unfolded and decoded; '' if absent. */
  readonly header: (name: string) => string
  /** All values of that name, unfolded. */
  readonly headers: (name: string) => readonly string[]
  readonly listHeaders: Buffer
  readonly structure: BodyNode
  /** The decoded text of all text parts, headers of the message not included. */
  readonly text: string
  readonly encoding: (section: string) => string | null
  readonly section: (section: string, what: 'body' | 'mime' | 'header') => Buffer | null
}

export function parseFakeMessage(raw: Uint8Array): FakeMessage {
  const whole = Buffer.from(raw).toString('latin1')
  const root = parsePart(whole, '')
  const fields = fieldsOf(root.mime)
  const headers = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name.toLowerCase()).map((field) => field.value)
  const parts = flatten(root)
  const listed = new Set<string>(listHeaderNames.map((name) => name.toLowerCase()))
  return {
    headers,
    header: (name) => decodeWords(headers(name)[0] ?? ''),
    listHeaders: Buffer.from(
      `${fields
        .filter((field) => listed.has(field.name.toLowerCase()))
        .map((field) => field.raw)
        .join('')}\r\n`,
      'latin1',
    ),
    structure: root.node,
    text: parts
      .filter((part) => part.node.type.startsWith('text/'))
      .map(decodedText)
      .join('\n'),
    encoding: (section) => parts.find((part) => part.node.section === section)?.node.encoding ?? null,
    section: (section, what) => {
      if (what === 'header' && section === '') return Buffer.from(root.mime, 'latin1')
      const part = parts.find((candidate) => candidate.node.section === section)
      if (part === undefined) return null
      if (what === 'header') return Buffer.from(splitHead(part.body).head, 'latin1')
      return Buffer.from(what === 'mime' ? part.mime : part.body, 'latin1')
    },
  }
}

function flatten(part: Part): readonly Part[] {
  return [part, ...part.children.flatMap(flatten)]
}

function splitHead(text: string): { head: string; body: string } {
  if (text.startsWith('\r\n')) return { head: '\r\n', body: text.slice(2) }
  const end = text.indexOf('\r\n\r\n')
  return end < 0 ? { head: text, body: '' } : { head: text.slice(0, end + 4), body: text.slice(end + 4) }
}

function fieldsOf(head: string) {
  const fields: { name: string; value: string; raw: string }[] = []
  for (const raw of head.match(/[^\r\n]+(?:\r\n[ \t][^\r\n]*)*\r\n/g) ?? []) {
    const colon = raw.indexOf(':')
    if (colon > 0) {
      fields.push({
        name: raw.slice(0, colon).trim(),
        value: raw
          .slice(colon + 1)
          .replace(/\r\n/g, '')
          .trim(),
        raw,
      })
    }
  }
  return fields
}

function parsePart(text: string, section: string): Part {
  const { head, body } = splitHead(text)
  const fields = fieldsOf(head)
  const value = (name: string) => fields.find((field) => field.name.toLowerCase() === name)?.value ?? null
  const { first: type, parameters } = parameterized(value('content-type') ?? 'text/plain; charset=us-ascii')
  const isMultipart = type.startsWith('multipart/')
  const children = isMultipart ? splitMultipart(body, parameters.boundary ?? '') : []
  const parts = children.map((child, at) => parsePart(child, section === '' ? `${at + 1}` : `${section}.${at + 1}`))
  const disposition = value('content-disposition')
  const parsed = disposition === null ? null : parameterized(disposition)
  return {
    mime: head,
    body,
    children: parts,
    node: {
      section: isMultipart || section !== '' ? section : '1',
      type,
      parameters,
      contentId: value('content-id'),
      description: value('content-description'),
      encoding: (value('content-transfer-encoding') ?? '7bit').toLowerCase(),
      size: body.length,
      disposition: parsed === null ? null : { type: parsed.first, parameters: parsed.parameters },
      language: value('content-language')?.split(/\s*,\s*/) ?? null,
      location: value('content-location'),
      children: parts.map((part) => part.node),
    },
  }
}

function splitMultipart(body: string, boundary: string): readonly string[] {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`)
  return parts
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => part.replace(/^[ \t]*\r\n/, ''))
}

function parameterized(value: string): { first: string; parameters: Record<string, string> } {
  const parameters: Record<string, string> = {}
  for (const match of value.matchAll(/;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    parameters[(match[1] ?? '').toLowerCase()] = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? ''
  }
  return { first: (value.split(';')[0] ?? '').trim().toLowerCase(), parameters }
}

function decodedText(part: Part): string {
  const bytes =
    part.node.encoding === 'base64'
      ? Buffer.from(part.body, 'base64')
      : part.node.encoding === 'quoted-printable'
        ? decodeQuoted(part.body.replace(/=\r\n/g, ''))
        : Buffer.from(part.body, 'latin1')
  return decodeCharset(bytes, part.node.parameters.charset ?? 'utf-8').text
}

function decodeQuoted(text: string): Buffer {
  return Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

/** RFC 2047 encoded words, and raw UTF-8. */
export function decodeWords(value: string): string {
  return Buffer.from(value, 'latin1')
    .toString('utf8')
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(
      /=\?([^?]+)\?([BbQq])\?([^?]*)\?=/g,
      (_, charset: string, encoding: string, text: string) =>
        decodeCharset(
          encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQuoted(text.replace(/_/g, ' ')),
          charset,
        ).text,
    )
}
