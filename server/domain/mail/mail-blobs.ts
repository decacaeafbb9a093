// Bytes by their id, wherever they lie: raw messages, their parts, uploads, parts of uploaded messages (RFC 8620 §6.2, RFC 8621 §4.1).

import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Uploads } from '#domain/uploads/types.ts'
import type { BlobId } from '#shared/ids.ts'
import { parseBlobId } from './blob-ids.ts'
import { filesInside, gather, locate, type MessageSource, oneChunk, rawSource } from './message-source.ts'
import { type ReadDeps, readMessage } from './read-message.ts'
import type { BlobSource, MailBlobs, MailConfig } from './types.ts'

export interface BlobDeps {
  readonly uploads: Uploads
  readonly config: MailConfig
  readonly read: (caller: Caller) => Promise<ReadDeps>
}

interface Found extends BlobSource {
  openRange(range: { readonly start: number; readonly end: number }): Promise<AsyncIterable<Uint8Array>>
}

export function openMailBlobs(deps: BlobDeps): MailBlobs {
  const must = async (caller: Caller, blobId: BlobId): Promise<Found> => {
    const found = await findBlob(deps, caller, blobId)
    if (!found) throw new Failure('notFound', { blobId })
    return found
  }
  return {
    find: (caller, blobId) => findBlob(deps, caller, blobId),
    async stat(caller, blobId) {
      return { size: (await must(caller, blobId)).size }
    },
    async open(caller, blobId, range) {
      const found = await must(caller, blobId)
      return range ? await found.openRange(range) : await found.open()
    },
    async lookup(caller, blobIds, typeNames) {
      const answers = new Map<BlobId, Readonly<Record<string, readonly string[]>>>()
      for (const blobId of blobIds) {
        const ids = await containers(deps, caller, blobId)
        if (ids) answers.set(blobId, Object.fromEntries(typeNames.map((type) => [type, ids[type] ?? []])))
      }
      return answers
    },
  }
}

async function findBlob(deps: BlobDeps, caller: Caller, blobId: BlobId): Promise<Found | null> {
  const address = parseBlobId(blobId)
  try {
    switch (address?.kind) {
      case undefined:
        return null
      case 'upload':
        return await findUpload(deps, caller, blobId)
      case 'message':
        return await findMessage(deps, caller, address.emailId)
      case 'part': {
        const read = await deps.read(caller)
        const [row] = await read.account.rows([address.emailId], {}, caller.signal)
        return row ? await partOf(deps, await readMessage(read, caller, row), address.section) : null
      }
      case 'uploadPart': {
        const whole = await findUpload(deps, caller, address.blobId)
        if (!whole || whole.size > deps.config.parseMaxBytes) return null
        const bytes = await gather(await whole.open(), deps.config.parseMaxBytes)
        return await partOf(deps, rawSource(bytes), address.section)
      }
    }
  } catch (error) {
    if (isFailure(error, 'notFound')) return null
    throw error
  }
}

/** Null when the blob does not exist. */
async function containers(
  deps: BlobDeps,
  caller: Caller,
  blobId: BlobId,
): Promise<Readonly<Record<string, readonly string[]>> | null> {
  const address = parseBlobId(blobId)
  if (address?.kind !== 'message' && address?.kind !== 'part') return (await findBlob(deps, caller, blobId)) ? {} : null
  const { account } = await deps.read(caller)
  const [row] = await account.rows([address.emailId], {}, caller.signal)
  if (!row || (address.kind === 'part' && !(await findBlob(deps, caller, blobId)))) return null
  return { Email: [row.id], Thread: [row.threadId], Mailbox: row.mailboxIds }
}

async function findUpload({ uploads }: BlobDeps, caller: Caller, blobId: BlobId): Promise<Found | null> {
  const stat = await uploads.stat(caller, blobId)
  if (!stat) return null
  return {
    size: stat.size,
    open: async () => (await uploads.open(caller, blobId)).body,
    openRange: async (range) => (await uploads.open(caller, blobId, range)).body,
  }
}

async function findMessage(deps: BlobDeps, caller: Caller, emailId: string): Promise<Found | null> {
  const { account } = await deps.read(caller)
  const [row] = await account.rows([emailId], {}, caller.signal)
  if (!row) return null
  const open = async (range?: { readonly start: number; readonly end: number }) =>
    (await account.raw(emailId, range ? { range } : {}, caller.signal)).body
  return { size: row.size, open: () => open(), openRange: open }
}

async function partOf(deps: BlobDeps, source: MessageSource, section: string): Promise<Found | null> {
  const [, container = section, file] = /^(.*)\.f(\d+)$/.exec(section) ?? []
  const located = await locate(source, container, deps.config.parseMaxBytes)
  if (!located) return null
  if (file !== undefined) {
    const inside = (await filesInside(located.source, located.part))[Number(file)]
    if (!inside) return null
    const { bytes } = inside
    return {
      size: bytes.length,
      open: async () => oneChunk(bytes),
      openRange: async (range) => oneChunk(bytes.subarray(range.start, range.end)),
    }
  }
  const open = () => located.source.open(located.part)
  return {
    size: await located.source.decodedSize(located.part),
    open,
    // A decoded part is no file to seek in: what comes before the range is decoded and passed over.
    openRange: async (range) => sliceStream(await open(), range.start, range.end),
  }
}

async function* sliceStream(source: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const chunk of source) {
    const from = Math.max(0, start - at)
    const to = Math.min(chunk.length, end - at)
    if (from < to) yield chunk.subarray(from, to)
    at += chunk.length
    if (at >= end) return
  }
}
