// Puts a new message into mailboxes: what Email/set creates and Email/import brings (RFC 8621 §4.6, §4.8). The message is planned, so
// that its size is known, and streamed into APPEND; its attachments never lie whole in memory.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { parseDateTime } from '#formats/mime/structured-fields.ts'
import { planMessage } from '#formats/mime/write-message.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { BlobId } from '#shared/ids.ts'
import { messageBlobId } from './blob-ids.ts'
import { isMessage } from './parse-emails.ts'
import type { CreatedEmail, EmailPlace, MailBlobs, NewDraft } from './types.ts'

const created = (row: EmailRow): CreatedEmail => ({
  id: row.id,
  blobId: messageBlobId(row.id),
  threadId: row.threadId,
  size: row.size,
})

export async function createEmail(account: MailAccount, caller: Caller, draft: NewDraft): Promise<CreatedEmail> {
  const planned = await planMessage(draft.message)
  await assertFits(account, caller, planned.size)
  const row = await account.append(
    {
      mailboxIds: draft.mailboxIds,
      keywords: draft.keywords,
      receivedAt: draft.receivedAt,
      size: planned.size,
      source: async () => planned.write(),
    },
    caller.signal,
  )
  return created(row)
}

async function assertFits(account: MailAccount, caller: Caller, size: number): Promise<void> {
  const { maxMessageSize } = await account.info(caller.signal)
  if (maxMessageSize !== null && size > maxMessageSize) throw new Failure('tooLarge', { maxSize: maxMessageSize, size })
}

export async function importEmail(
  deps: { readonly account: MailAccount; readonly blobs: MailBlobs },
  caller: Caller,
  blobId: BlobId,
  place: EmailPlace,
): Promise<CreatedEmail> {
  const blob = await deps.blobs.find(caller, blobId)
  if (!blob) throw new Failure('notFound', { blobId })
  const looked = await lookAt(await blob.open())
  if (!isMessage(looked.head)) throw new Failure('badInput', { reason: 'no header', blobId })
  if (looked.hasNul) throw new Failure('badInput', { reason: 'NUL', blobId })
  await assertFits(deps.account, caller, looked.size)
  const row = await deps.account.append(
    {
      mailboxIds: place.mailboxIds,
      keywords: place.keywords,
      // RFC 8621 §4.8: «the time of the most recent Received header field, or the time of import».
      receivedAt: place.receivedAt ?? receivedTime(looked.head),
      size: looked.size,
      source: async () => withCrlf(await blob.open()),
    },
    caller.signal,
  )
  return created(row)
}

const headBytes = 256 * 1024

/** APPEND takes CRLF line ends and a size told beforehand (RFC 9051 §6.3.12): both need a look at all octets. */
async function lookAt(source: AsyncIterable<Uint8Array>) {
  const head: Uint8Array[] = []
  let headSize = 0
  let size = 0
  let hasNul = false
  for await (const chunk of withCrlf(source)) {
    size += chunk.length
    if (chunk.includes(0)) hasNul = true
    if (headSize < headBytes) {
      head.push(chunk)
      headSize += chunk.length
    }
  }
  return { head: Buffer.concat(head), size, hasNul }
}

/** A bare LF becomes CRLF; a bare CR stays, being data. */
async function* withCrlf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last = 0
  for await (const chunk of source) {
    let start = 0
    const out: Uint8Array[] = []
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) {
      const before = at > 0 ? chunk[at - 1] : last
      if (before === 0x0d) continue
      out.push(chunk.subarray(start, at), Buffer.from('\r'))
      start = at
    }
    if (chunk.length > 0) last = chunk[chunk.length - 1]!
    out.push(chunk.subarray(start))
    yield out.length === 1 ? chunk : Buffer.concat(out)
  }
}

function receivedTime(head: Uint8Array): number | null {
  // The most recent is the first (RFC 5321 §4.4); its date follows the last semicolon.
  const field = parseHeaderFields(head).find((candidate) => candidate.name.toLowerCase() === 'received')
  if (!field) return null
  const text = Buffer.from(field.value).toString('latin1').replace(/\r?\n/g, ' ')
  return parseDateTime(text.slice(text.lastIndexOf(';') + 1))?.time ?? null
}
