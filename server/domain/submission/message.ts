// The message's octets: proven whole when it is submitted, and again, octet by octet, when it is sent. What goes out is what
// stands in the mailbox, less Bcc (RFC 5322 §3.6.3), below the fields that were put in front.

import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Failure, isFailure } from '#core/errors.ts'
import { endOfHeader, parseHeaderFields } from '#formats/mime/header-fields.ts'
import { applyEdits, type Edit } from '#formats/mime/replace-text.ts'
import type { BodyNode, EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { MessageManifest } from './types.ts'

/** A header block beyond this is no mail of a person. */
const maxHeaderBytes = 1024 * 1024

export interface ProvenMessage {
  readonly manifest: Omit<MessageManifest, 'prefix' | 'edits' | 'shaped' | 'inline'>
  readonly header: Uint8Array
}

/** Reads the whole message. Throws `blobMissing`, naming the attachment where one can be named, when it cannot be read whole. */
export async function proveMessage(account: MailAccount, row: EmailRow, signal: AbortSignal): Promise<ProvenMessage> {
  try {
    const { size, body } = await account.raw(row.id, {}, signal)
    const proven = await readWhole(body)
    if (proven.manifest.size !== size) throw new Failure('blobMissing', { size, read: proven.manifest.size })
    return proven
  } catch (error) {
    if (!isFailure(error, 'blobMissing', 'notFound', 'internal')) throw error
    throw await namePart(account, row, signal, error)
  }
}

export async function readWhole(body: AsyncIterable<Uint8Array>): Promise<ProvenMessage> {
  const hash = createHash('sha256')
  let size = 0
  let header: Buffer = Buffer.alloc(0)
  let headerEnd = -1
  let has8BitBody = false
  for await (const chunk of body) {
    hash.update(chunk)
    size += chunk.length
    let rest = chunk
    if (headerEnd < 0) {
      header = Buffer.concat([header, chunk])
      headerEnd = findHeaderEnd(header)
      if (headerEnd < 0) continue
      rest = header.subarray(headerEnd)
      header = header.subarray(0, headerEnd)
    }
    has8BitBody ||= !isAscii(rest)
  }
  const hasUtf8Header = !isAscii(header)
  return { header, manifest: { size, sha256: hash.digest('hex'), has8BitBody, hasUtf8Header } }
}

/** Where the body begins, or -1 while that cannot be said. */
function findHeaderEnd(bytes: Buffer): number {
  const end = endOfHeader(bytes)
  if (end < bytes.length || /\n\r?\n$/.test(bytes.toString('latin1', Math.max(0, bytes.length - 3)))) return end
  if (bytes.length > maxHeaderBytes)
    throw new Failure('badInput', { refusal: 'badMessage', description: 'The header is too long.' })
  return -1
}

async function namePart(account: MailAccount, row: EmailRow, signal: AbortSignal, cause: unknown): Promise<Failure> {
  for (const part of row.structure ? leaves(row.structure) : []) {
    if (await isWhole(account, row, part, signal)) continue
    const { disposition, parameters } = part
    const name = disposition?.parameters.filename ?? parameters.name ?? `part ${part.section} (${part.type})`
    const notFound = [`p${row.id}_${part.section.replaceAll('.', '-')}`]
    return new Failure('blobMissing', { description: `The attachment ${name} cannot be read whole.`, notFound }, cause)
  }
  return new Failure(
    'blobMissing',
    { description: 'The message cannot be read whole.', notFound: [`m${row.id}`] },
    cause,
  )
}

async function isWhole(account: MailAccount, row: EmailRow, part: BodyNode, signal: AbortSignal): Promise<boolean> {
  try {
    const { body } = await account.section(row.id, part.section, 'body', signal)
    let read = 0
    for await (const chunk of body) read += chunk.length
    return read >= part.size
  } catch (error) {
    if (isFailure(error, 'canceled', 'unavailable', 'timeout')) throw error
    return false
  }
}

const leaves = (node: BodyNode): readonly BodyNode[] =>
  node.children.length > 0 ? node.children.flatMap(leaves) : [node]

/** What goes into DATA. Throws `blobMissing` before its end when the octets are not those that were proven. */
export async function* outgoing(source: StoredMessage, manifest: MessageManifest): AsyncGenerator<Uint8Array> {
  let header: Buffer | null = Buffer.alloc(0)
  yield Buffer.from(manifest.prefix)
  for await (const chunk of asShaped(source, manifest)) {
    if (header === null) {
      yield chunk
      continue
    }
    header = Buffer.concat([header, chunk])
    const end = findHeaderEnd(header)
    if (end < 0) continue
    yield withoutBcc(header.subarray(0, end))
    yield header.subarray(end)
    header = null
  }
  if (header !== null) yield withoutBcc(header)
}

export interface StoredMessage {
  /** It has the id that was submitted; another may be the draft under a new id, or its copy in Sent. */
  readonly hasId: boolean
  readonly size: number
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * The message as plugins left it, made of the draft or of its copy in Sent, whichever is there. Throws `blobMissing` before its
 * end when it is neither.
 */
export function asShaped({ hasId, size, body }: StoredMessage, manifest: MessageManifest): AsyncIterable<Uint8Array> {
  const { edits = [], shaped } = manifest
  if (shaped && size === shaped.size && !(hasId && size === manifest.size)) return proven(body, shaped)
  return applyEdits(proven(body, manifest), edits)
}

/** Size and hash of what the edits make of a message. */
export async function measureShaped(
  body: AsyncIterable<Uint8Array>,
  edits: readonly Edit[],
): Promise<NonNullable<MessageManifest['shaped']>> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of applyEdits(body, edits)) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}

async function* proven(
  body: AsyncIterable<Uint8Array>,
  manifest: Pick<MessageManifest, 'size' | 'sha256'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of body) {
    hash.update(chunk)
    size += chunk.length
    yield chunk
  }
  if (size !== manifest.size || hash.digest('hex') !== manifest.sha256) {
    throw new Failure('blobMissing', { reason: 'the message is not what was submitted', size, want: manifest.size })
  }
}

/** Bcc (RFC 5322 §3.6.3), and what our client notes for itself in a draft (docs/jmap-extensions.md). */
const notForOthers = /^((resent-)?bcc|x-paquebot-(draft|save))[ \t]*:/i

/** The header with the fields left out that are nobody else's business, every other octet as it was. */
export function withoutBcc(header: Buffer): Uint8Array {
  if (!parseHeaderFields(header).some(({ name }) => notForOthers.test(`${name}:`))) return header
  const kept: Buffer[] = []
  let isDropping = false
  for (let at = 0; at < header.length; ) {
    const newline = header.indexOf(0x0a, at)
    const end = newline < 0 ? header.length : newline + 1
    const isFolded = header[at] === 0x20 || header[at] === 0x09
    if (!isFolded) isDropping = notForOthers.test(header.toString('latin1', at, Math.min(end, at + 64)))
    if (!isDropping) kept.push(header.subarray(at, end))
    at = end
  }
  return Buffer.concat(kept)
}

/** The octets of a message that stands in no mailbox. */
export function inlineMessage(base64: string): StoredMessage {
  const bytes = Buffer.from(base64, 'base64')
  return { hasId: true, size: bytes.length, body: once(bytes) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
