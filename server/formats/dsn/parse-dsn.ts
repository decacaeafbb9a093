// Delivery status notifications: RFC 3464, RFC 6522. Reading alone; anybody can write one, so that what it says is a claim.

import { lenientValue, parseHeaderFields, unfold } from '#formats/mime/header-fields.ts'
import { type MimePart, walkParts } from '#formats/mime/mime-part.ts'
import { parseMessage } from '#formats/mime/parse-message.ts'
import { parseMessageIds, stripComments } from '#formats/mime/structured-fields.ts'
import { decodeTransfer } from '#formats/mime/transfer.ts'

export interface DsnRecipient {
  /** As the sender wrote it, then as it was delivered to; those that are mail addresses. */
  readonly addresses: readonly string[]
  /** §2.3.3. */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** The reply of an SMTP server (Diagnostic-Code), else the status code, on one line. */
  readonly reply: string
}

export interface Dsn {
  /** §2.2.1: what the sender gave as ENVID. */
  readonly envelopeId: string | null
  /** Of the message that came back, whole or in part; without angle brackets. */
  readonly originalMessageId: string | null
  readonly recipients: readonly DsnRecipient[]
}

const actions = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded'])
const maxRecipients = 1000

/** Null when the message is no DSN. */
export function parseDsn(raw: Uint8Array): Dsn | null {
  let report: MimePart | undefined
  for (const part of walkParts(parseMessage(raw))) {
    const isReport = part.type === 'multipart/report'
    if (isReport && part.parameters.get('report-type')?.toLowerCase() === 'delivery-status') report ??= part
  }
  const status = report?.children?.find(({ type }) => /^message\/(global-)?delivery-status$/.test(type))
  if (!report || !status) return null
  // §2.1: groups of fields, an empty line between: the message's, then one for each recipient.
  const [first = [], ...groups] = fieldGroups(contentOf(status))
  const recipients = groups.slice(0, maxRecipients).flatMap((fields): readonly DsnRecipient[] => {
    const field = (name: string) => fields.find(([key]) => key === name)?.[1] ?? ''
    const action = stripComments(field('action')).trim().toLowerCase()
    if (!actions.has(action)) return []
    const addresses = [field('original-recipient'), field('final-recipient')].flatMap(
      (value) => mailAddress(value) ?? [],
    )
    const reply = typed(field('diagnostic-code')) ?? stripComments(field('status')).trim()
    return [{ addresses, action: action as DsnRecipient['action'], reply: reply.slice(0, 500) }]
  })
  return {
    envelopeId: first.find(([key]) => key === 'original-envelope-id')?.[1] || null,
    originalMessageId: returnedMessageId(report),
    recipients,
  }
}

function fieldGroups(bytes: Uint8Array): readonly (readonly (readonly [name: string, value: string])[])[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .split(/\r?\n(?:[ \t]*\r?\n)+/)
    .map((text) =>
      parseHeaderFields(Buffer.from(`${text}\r\n`, 'latin1')).map(
        ({ name, value }) => [name.toLowerCase(), unfold(lenientValue(value)).replace(/\s+/g, ' ').trim()] as const,
      ),
    )
    .filter((group) => group.length > 0)
}

/** `rfc822; user@host`; RFC 6533 §3: `utf-8; …` with its own escapes, which nobody sends to us who takes UTF-8. */
function mailAddress(value: string): string | null {
  const match = /^(rfc822|utf-8)\s*;\s*(.+)$/i.exec(value)
  return match ? match[2]!.trim().replace(/^<(.*)>$/, '$1') : null
}

function typed(value: string): string | null {
  return /^smtp\s*;\s*(.+)$/i.exec(value)?.[1]?.trim() ?? null
}

function returnedMessageId(report: MimePart): string | null {
  const returned = report.children?.find(({ type }) =>
    /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/.test(type),
  )
  if (!returned) return null
  const field = parseHeaderFields(contentOf(returned)).find(({ name }) => name.toLowerCase() === 'message-id')
  return field ? (parseMessageIds(unfold(lenientValue(field.value)))?.[0] ?? null) : null
}

const contentOf = (part: MimePart): Uint8Array => decodeTransfer(part.content ?? Buffer.alloc(0), part.encoding).bytes
