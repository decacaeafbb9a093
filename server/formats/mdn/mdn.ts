// Message disposition notifications (RFC 8098): «your message was displayed», written and read.

import { decodeCharset } from '#formats/mime/charset.ts'
import { lenientValue, parseHeaderFields, unfold } from '#formats/mime/header-fields.ts'
import { type MimePart, walkParts } from '#formats/mime/mime-part.ts'
import { parseMessage } from '#formats/mime/parse-message.ts'
import { decodeTransfer } from '#formats/mime/transfer.ts'
import { writeHeader } from '#formats/mime/write-header.ts'
import type { Mdn } from '#shared/jmap/submission.ts'

export interface MdnToWrite {
  readonly from: { readonly name: string; readonly email: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  /** UTCDate. */
  readonly date: string
  /** Without angle brackets. */
  readonly messageId: string
  readonly boundary: string
  readonly inReplyTo: string | null
  /** Of the notification itself (RFC 8098 §3.1); every value on one line. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The original, or its header; null: left out. */
  readonly original: { readonly type: 'message/rfc822' | 'text/rfc822-headers'; readonly bytes: Uint8Array } | null
}

export function writeMdn(mdn: MdnToWrite): Buffer {
  const header = [
    writeHeader({ name: 'From', form: 'Addresses', value: [{ name: mdn.from.name || null, email: mdn.from.email }] }),
    writeHeader({ name: 'To', form: 'Addresses', value: [{ name: null, email: mdn.to }] }),
    writeHeader({ name: 'Subject', form: 'Text', value: mdn.subject }),
    writeHeader({ name: 'Date', form: 'Date', value: mdn.date }),
    writeHeader({ name: 'Message-ID', form: 'MessageIds', value: [mdn.messageId] }),
    mdn.inReplyTo === null ? '' : writeHeader({ name: 'References', form: 'MessageIds', value: [mdn.inReplyTo] }),
    // RFC 3834 §5: so that no vacation answers it.
    'Auto-Submitted: auto-replied\r\n',
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type=disposition-notification;\r\n boundary="${mdn.boundary}"\r\n\r\n`,
  ].join('')
  const text = Buffer.from(mdn.text).toString('base64').replace(/.{76}/g, '$&\r\n')
  const fields = mdn.fields.map(([name, value]) => `${name}: ${oneLine(value)}\r\n`).join('')
  const parts: Buffer[] = [
    Buffer.from(header),
    Buffer.from(
      `--${mdn.boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${text}\r\n`,
    ),
    Buffer.from(`--${mdn.boundary}\r\nContent-Type: message/disposition-notification\r\n\r\n${fields}\r\n`),
  ]
  if (mdn.original) {
    parts.push(
      Buffer.from(`--${mdn.boundary}\r\nContent-Type: ${mdn.original.type}\r\n\r\n`),
      Buffer.from(mdn.original.bytes),
      Buffer.from('\r\n'),
    )
  }
  parts.push(Buffer.from(`--${mdn.boundary}--\r\n`))
  return Buffer.concat(parts)
}

/** A value that cannot begin another field. */
const oneLine = (value: string) => value.replace(/[\0-\x1f\x7f]+/g, ' ').trim()

const known = new Set([
  'reporting-ua',
  'mdn-gateway',
  'original-recipient',
  'final-recipient',
  'original-message-id',
  'disposition',
  'error',
])

/** RFC 9007 §2.2; null when the message is no MDN. */
export function parseMdn(raw: Uint8Array): Mdn | null {
  const root = parseMessage(raw)
  const report = find(
    root,
    ({ type, parameters }) =>
      type === 'multipart/report' && parameters.get('report-type')?.toLowerCase() === 'disposition-notification',
  )
  const notice = report?.children?.find(({ type }) => type === 'message/disposition-notification')
  if (!report || !notice) return null
  const fields = parseHeaderFields(Buffer.concat([contentOf(notice), Buffer.from('\r\n')])).map(
    ({ name, value }) => [name, unfold(lenientValue(value)).trim()] as const,
  )
  const field = (name: string) => fields.find(([key]) => key.toLowerCase() === name)?.[1] ?? null
  const disposition = readDisposition(field('disposition') ?? '')
  if (!disposition) return null
  const first = report.children?.[0]
  const original = report.children?.[2]
  const errors = fields.filter(([name]) => name.toLowerCase() === 'error').map(([, value]) => value)
  const extensions = fields.filter(([name]) => !known.has(name.toLowerCase()))
  const subject = root.fields?.find(({ name }) => name.toLowerCase() === 'subject')
  return {
    forEmailId: null,
    subject: subject ? unfold(lenientValue(subject.value)).trim() : null,
    textBody: first?.type.startsWith('text/') ? decodeCharset(contentOf(first), first.charset).text : null,
    includeOriginalMessage: original?.type === 'message/rfc822',
    reportingUA: field('reporting-ua'),
    disposition,
    mdnGateway: field('mdn-gateway'),
    originalRecipient: field('original-recipient'),
    finalRecipient: field('final-recipient'),
    originalMessageId: field('original-message-id'),
    error: errors.length > 0 ? errors : null,
    extensionFields: extensions.length > 0 ? Object.fromEntries(extensions) : null,
  }
}

function find(root: MimePart, matches: (part: MimePart) => boolean): MimePart | null {
  for (const part of walkParts(root)) if (matches(part)) return part
  return null
}

const contentOf = (part: MimePart): Uint8Array => decodeTransfer(part.content ?? Buffer.alloc(0), part.encoding).bytes

/** RFC 8098 §3.2.6: `manual-action/MDN-sent-manually; displayed`. */
function readDisposition(value: string): Mdn['disposition'] | null {
  const match =
    /^(manual|automatic)-action\s*\/\s*mdn-sent-(manually|automatically)\s*;\s*(deleted|dispatched|displayed|processed)\b/i.exec(
      value,
    )
  if (!match) return null
  const [, action, sending, type] = match.map((part) => part.toLowerCase())
  return {
    actionMode: `${action}-action` as Mdn['disposition']['actionMode'],
    sendingMode: `mdn-sent-${sending}` as Mdn['disposition']['sendingMode'],
    type: type as Mdn['disposition']['type'],
  }
}
