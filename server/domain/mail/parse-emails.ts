// Email/parse (RFC 8621 §4.9): an Email made of any blob, without it being in a mailbox.

import type { Caller } from '#core/caller.ts'
import type { BlobId } from '#shared/ids.ts'
import { partOfBlob } from './blob-ids.ts'
import { bodyProperties, headerProperties, previewOfSource } from './email-object.ts'
import { gather, rawSource } from './message-source.ts'
import type { EmailView, MailBlobs, MailConfig, ParsedEmails } from './types.ts'

export interface ParseDeps {
  readonly blobs: MailBlobs
  readonly config: MailConfig
}

export async function parseEmails(
  deps: ParseDeps,
  caller: Caller,
  blobIds: readonly BlobId[],
  view: EmailView,
): Promise<ParsedEmails> {
  const parsed = new Map<BlobId, Record<string, unknown>>()
  const notParsable: BlobId[] = []
  const notFound: BlobId[] = []
  // One by one: each may be large.
  for (const blobId of blobIds) {
    const blob = await deps.blobs.find(caller, blobId)
    if (!blob) notFound.push(blobId)
    else if (blob.size > deps.config.parseMaxBytes) notParsable.push(blobId)
    else {
      const bytes = await gather(await blob.open(), deps.config.parseMaxBytes)
      if (isMessage(bytes)) parsed.set(blobId, await parseOne(deps, blobId, bytes, view))
      else notParsable.push(blobId)
    }
  }
  return { parsed, notParsable, notFound }
}

/** RFC 5322 §3.6: a message begins with a field; a line of an mbox file before it is let through. */
export function isMessage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1000)).toString('latin1')
  return /^(?:From [^\n]*\n)?[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(start)
}

async function parseOne(
  deps: ParseDeps,
  blobId: BlobId,
  bytes: Buffer,
  view: EmailView,
): Promise<Record<string, unknown>> {
  // Parts of an embedded message are numbered below the part that holds it, so that they can be downloaded.
  const section = /^[pq].*_([\d-]+)$/.exec(blobId)?.[1]?.replaceAll('-', '.') ?? ''
  const source = rawSource(bytes, section)
  const { properties } = view
  const out: Record<string, unknown> = {}
  // RFC 8621 §4.9: «metadata properties … will be null if requested».
  for (const name of ['id', 'threadId', 'mailboxIds', 'keywords', 'receivedAt'])
    if (properties.has(name)) out[name] = null
  if (properties.has('blobId')) out.blobId = blobId
  if (properties.has('size')) out.size = bytes.length
  Object.assign(out, headerProperties(await source.headerFields(), view))
  if (properties.has('preview')) out.preview = await previewOfSource(source)
  const context = {
    source,
    view,
    blobIdOf: (part: string) => partOfBlob(blobId, part),
    maxBodyValueBytes: deps.config.maxBodyValueBytes,
  }
  return { ...out, ...(await bodyProperties(context)) }
}
