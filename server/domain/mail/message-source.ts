// A message as something to read parts of: made of the raw octets, or of the structure with sections fetched as they are needed.
// Both give the same answers; the second never holds a large message.

import { Failure } from '#core/errors.ts'
import { partOfBodyStructure } from '#formats/mime/body-structure.ts'
import { type ContainedFile, containedFiles, mayContainFiles } from '#formats/mime/contained-files.ts'
import { type HeaderField, parseHeaderFields } from '#formats/mime/header-fields.ts'
import { findPart, type MimePart } from '#formats/mime/mime-part.ts'
import { parseMessage } from '#formats/mime/parse-message.ts'
import { decodeTransfer, decodeTransferStream } from '#formats/mime/transfer.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import { isBorneOut, isEncoded, partToAskFor } from './told-size.ts'

export interface MessageSource {
  readonly root: MimePart
  readonly size: number
  headerFields(): Promise<readonly HeaderField[]>
  partFields(part: MimePart): Promise<readonly HeaderField[]>
  /** The content of a leaf, transfer encoding undone. */
  open(part: MimePart): Promise<AsyncIterable<Uint8Array>>
  /** Octets of that content. */
  decodedSize(part: MimePart): Promise<number>
}

/** Gathers a stream; `tooLarge` past the limit. */
export async function gather(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > maxBytes) throw new Failure('tooLarge', { maxBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

export function rawSource(bytes: Uint8Array, sectionPrefix = ''): MessageSource {
  const root = parseMessage(bytes, sectionPrefix)
  const decoded = (part: MimePart) => decodeTransfer(part.content!, part.encoding).bytes
  return {
    root,
    size: bytes.length,
    headerFields: async () => root.fields!,
    partFields: async (part) => part.fields!,
    open: async (part) => oneChunk(decoded(part)),
    decodedSize: async (part) => decoded(part).length,
  }
}

export interface SourceDeps {
  readonly account: MailAccount
  readonly signal: AbortSignal
  /** Longest header block that is read. */
  readonly maxHeaderBytes: number
  /** Decoded sizes by section: those known, and where new ones are kept. */
  readonly sizes: Map<string, number>
}

export function structureSource(deps: SourceDeps, row: EmailRow): MessageSource {
  const { account, signal, sizes } = deps
  const structure = row.structure
  if (!structure) throw new Failure('internal', { reason: 'a row without structure', id: row.id })
  const root = partOfBodyStructure(structure)
  const headerFields = async () => {
    const { body } = await account.section(row.id, '', 'header', signal)
    return parseHeaderFields(await gather(body, deps.maxHeaderBytes))
  }
  const open = async (part: MimePart) => {
    const { body } = await account.section(row.id, part.section, 'body', signal)
    return decodeTransferStream(body, part.encoding)
  }
  return {
    root,
    size: row.size,
    headerFields,
    async partFields(part) {
      if (part === root) return await headerFields()
      const { body } = await account.section(row.id, part.section, 'mime', signal)
      return parseHeaderFields(await gather(body, deps.maxHeaderBytes))
    },
    open,
    async decodedSize(part) {
      if (!isEncoded(part)) return part.encodedSize
      const known = sizes.get(part.section)
      if (known !== undefined) return known
      if (part === partToAskFor(root)) {
        const told = (await account.decodedSizes(row.id, [part.section], signal)).get(part.section)
        if (told !== undefined && isBorneOut(part.encodedSize, told)) {
          sizes.set(part.section, told)
          return told
        }
      }
      // BODYSTRUCTURE tells the encoded size alone, and senders break lines as they like: only decoding tells.
      let size = 0
      for await (const chunk of await open(part)) size += chunk.length
      sizes.set(part.section, size)
      return size
    },
  }
}

/** Largest part that is looked through for files inside it. */
export const maxContainerBytes = 30_000_000

/** The files inside a part that MIME knows nothing of; none where the part is too large to look. */
export async function filesInside(source: MessageSource, part: MimePart): Promise<readonly ContainedFile[]> {
  if (!mayContainFiles(part) || part.encodedSize > maxContainerBytes) return []
  return containedFiles(await gather(await source.open(part), maxContainerBytes), part.type)
}

/**
 * The leaf that a section names, and the source it lies in: through embedded messages (`2.1` where 2 is a message/rfc822), each
 * of which is read whole. Null when there is none.
 */
export async function locate(
  source: MessageSource,
  section: string,
  maxBytes: number,
): Promise<{ readonly source: MessageSource; readonly part: MimePart } | null> {
  const part = findPart(source.root, section)
  if (part) return { source, part }
  for (let dot = section.lastIndexOf('.'); dot > 0; dot = section.lastIndexOf('.', dot - 1)) {
    const outer = findPart(source.root, section.slice(0, dot))
    if (!outer) continue
    if (outer.encodedSize > maxBytes) throw new Failure('tooLarge', { maxBytes })
    const bytes = await gather(await source.open(outer), maxBytes)
    return await locate(rawSource(bytes, outer.section), section, maxBytes)
  }
  return null
}
