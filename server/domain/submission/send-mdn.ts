// Sends a message disposition notification: RFC 9007 §2.1, RFC 8098. It goes through the outbox like everything else, but stands
// in no mailbox, and is no EmailSubmission that a client sees.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { writeMdn } from '#formats/mdn/mdn.ts'
import { parseAddresses } from '#formats/mime/addresses.ts'
import { decodeWords } from '#formats/mime/encoded-words.ts'
import { lenientValue, parseHeaderFields, unfold } from '#formats/mime/header-fields.ts'
import { parseMessageIds } from '#formats/mime/structured-fields.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import type { Mdn } from '#shared/jmap/submission.ts'
import { type CreateDeps, store } from './create.ts'
import { isAddress, sameAddress } from './envelope.ts'
import { readWhole } from './message.ts'
import { utcDate } from './status.ts'

/** Original messages beyond this are not sent back whole. */
const maxOriginalBytes = 256 * 1024
const maxHeaderBytes = 64 * 1024

export async function sendMdn(deps: CreateDeps, caller: Caller, identityId: string, mdn: Mdn): Promise<Partial<Mdn>> {
  const identity = (await deps.identities.list(caller)).list.find(({ id }) => id === identityId)
  if (!identity) throw new Failure('badInput', { properties: ['identityId'] })
  if (mdn.forEmailId === null) throw new Failure('badInput', { properties: ['forEmailId'] })
  const account = await deps.openMail(caller)
  const [row] = await account.rows([mdn.forEmailId], {}, caller.signal)
  if (!row) throw new Failure('notFound', { id: mdn.forEmailId })
  // RFC 9007 §2.1, RFC 3503 §3.1: one message, one notification.
  if (row.keywords.includes('$mdnsent')) throw new Failure('conflict', { refusal: 'mdnAlreadySent' })

  const header = await gather((await account.section(row.id, '', 'header', caller.signal)).body, maxHeaderBytes)
  const fields = parseHeaderFields(header)
  const field = (name: string) => {
    const found = fields.find((item) => item.name.toLowerCase() === name)
    return found ? unfold(lenientValue(found.value)).trim() : null
  }
  const [to] = parseAddresses(field('disposition-notification-to') ?? '')
  // RFC 8098 §2.1: no request, no notification.
  if (!to || !isAddress(to.email)) {
    throw new Failure('badInput', { properties: ['forEmailId'], description: 'The message asks for no notification.' })
  }
  const finalRecipient = mdn.finalRecipient ?? `rfc822; ${identity.email}`
  assertOwn(finalRecipient, identity.email, caller.address)
  const originalMessageId = parseMessageIds(field('message-id') ?? '')?.[0] ?? null
  const originalRecipient = field('original-recipient')
  const text = mdn.textBody ?? `Your message «${decodeWords(field('subject') ?? '')}» was ${mdn.disposition.type}.`
  const { actionMode, sendingMode, type } = mdn.disposition
  const extensions = Object.entries(mdn.extensionFields ?? {})
  if (extensions.some(([name]) => !/^X-[!-9;-~]{1,60}$/i.test(name)))
    throw new Failure('badInput', { properties: ['extensionFields'] })
  const now = deps.clock.now()
  const domain = identity.email.slice(identity.email.lastIndexOf('@') + 1)
  const bytes = writeMdn({
    from: identity,
    to: to.email,
    subject: mdn.subject ?? `Disposition notification: ${decodeWords(field('subject') ?? '')}`.slice(0, 500),
    text,
    date: utcDate(now),
    messageId: `${randomUUID()}@${domain}`,
    boundary: `mdn-${randomUUID()}`,
    inReplyTo: originalMessageId,
    fields: [
      ...(mdn.reportingUA ? [['Reporting-UA', mdn.reportingUA] as const] : []),
      ...(mdn.mdnGateway ? [['MDN-Gateway', mdn.mdnGateway] as const] : []),
      ...(originalRecipient ? [['Original-Recipient', originalRecipient] as const] : []),
      ['Final-Recipient', finalRecipient],
      ...(originalMessageId ? [['Original-Message-ID', `<${originalMessageId}>`] as const] : []),
      ['Disposition', `${actionMode}/${sendingMode}; ${type}`],
      ...(mdn.error ?? []).map((error) => ['Error', error] as const),
      ...extensions,
    ],
    original: mdn.includeOriginalMessage ? await readOriginal(account, row.id, row.size, header, caller.signal) : null,
  })
  const { manifest } = await readWhole(once(bytes))
  await store(deps, caller, {
    kind: {
      identityId,
      emailId: row.id,
      creationId: randomUUID(),
      fileSent: false,
      answered: [],
      forwarded: [],
      redirect: false,
    },
    row,
    // RFC 8098 §2.3: the null reverse-path, so that no notification answers a notification.
    envelope: { mailFrom: { email: '', parameters: null }, rcptTo: [{ email: to.email, parameters: null }] },
    idempotencyKey: null,
    manifest: { ...manifest, prefix: '', inline: bytes.toString('base64') },
    messageId: '',
    sendAt: now,
    now,
    wasDraft: false,
  })
  return { finalRecipient, originalRecipient, originalMessageId, ...(mdn.subject == null && { subject: null }) }
}

function assertOwn(finalRecipient: string, ...own: readonly string[]): void {
  const address = finalRecipient.replace(/^[^;]*;\s*/, '')
  if (!own.some((email) => sameAddress(email) === sameAddress(address))) {
    throw new Failure('forbidden', { refusal: 'from', description: `${address} is not yours.` })
  }
}

async function readOriginal(account: MailAccount, id: string, size: number, header: Buffer, signal: AbortSignal) {
  if (size > maxOriginalBytes) return { type: 'text/rfc822-headers', bytes: header } as const
  const bytes = await gather((await account.raw(id, {}, signal)).body, maxOriginalBytes)
  return { type: 'message/rfc822', bytes } as const
}

async function gather(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new Failure('tooLarge', { maxSize: maxBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
