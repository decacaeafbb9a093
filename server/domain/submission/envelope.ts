// The envelope of a submission: RFC 8621 §7. From the client, or from the header; checked before anything is stored.

import { domainToASCII } from 'node:url'
import { Failure } from '#core/errors.ts'
import { parseAddresses } from '#formats/mime/addresses.ts'
import { lenientValue, parseHeaderFields, unfold } from '#formats/mime/header-fields.ts'
import { parseMessageIds } from '#formats/mime/structured-fields.ts'
import type { Envelope, SubmissionAddress } from '#shared/jmap/submission.ts'

export interface HeaderFacts {
  readonly messageId: string | null
  readonly hasDate: boolean
  readonly from: readonly string[]
  readonly sender: string | null
  /** To, Cc and Bcc, each once, in their order. */
  readonly recipients: readonly string[]
}

export function readHeaderFacts(header: Uint8Array): HeaderFacts {
  const fields = parseHeaderFields(header)
  const values = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name).map((field) => unfold(lenientValue(field.value)))
  const addresses = (name: string) => values(name).flatMap((value) => parseAddresses(value).map(({ email }) => email))
  const messageId = values('message-id').flatMap((value) => parseMessageIds(value) ?? [])[0]
  const recipients = new Map<string, string>()
  for (const email of ['to', 'cc', 'bcc'].flatMap(addresses)) {
    if (!recipients.has(sameAddress(email))) recipients.set(sameAddress(email), email)
  }
  return {
    messageId: messageId === undefined ? null : `<${messageId}>`,
    hasDate: values('date').length > 0,
    from: addresses('from'),
    sender: addresses('sender')[0] ?? null,
    recipients: [...recipients.values()],
  }
}

/** Two spellings of one mailbox, as far as anybody may tell: the domain has no case, and hardly a local part has. */
export function sameAddress(email: string): string {
  const at = email.lastIndexOf('@')
  if (at < 0) return email.toLowerCase()
  const domain = email.slice(at + 1)
  return `${email.slice(0, at)}@${domainToASCII(domain) || domain}`.toLowerCase()
}

/** RFC 5321 §4.5.3.1, RFC 6531: what can stand in RCPT TO. */
export function isAddress(email: string): boolean {
  const at = email.lastIndexOf('@')
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)]
  if (at < 1 || Buffer.byteLength(local) > 64 || Buffer.byteLength(domain) > 255) return false
  if (/[\0-\x20\x7f]/.test(local) && !/^"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"$/.test(local)) return false
  if (!local.startsWith('"') && /[()<>[\]:;@\\,"]/.test(local)) return false
  if (/^\[[\x21-\x5a\x5e-\x7e]+\]$/.test(domain)) return true
  // domainToASCII drops tabs and line breaks, as a browser's address bar does: they are looked for before.
  if (/[\0-\x20\x7f]/.test(domain)) return false
  const ascii = domainToASCII(domain)
  return /^(?!-)[a-z0-9_-]+(\.(?!-)[a-z0-9_-]+)*$/i.test(ascii)
}

/** Of `sender` and `from`, what the envelope's sender is when the client did not say: RFC 8621 §7. */
export function defaultEnvelope(facts: HeaderFacts, identityEmail: string): Envelope {
  const author = facts.sender ?? (facts.from.length === 1 ? facts.from[0]! : identityEmail)
  return {
    mailFrom: { email: author, parameters: null },
    rcptTo: facts.recipients.map((email) => ({ email, parameters: null })),
  }
}

export function checkRecipients(envelope: Envelope, maxRecipients: number): void {
  const emails = envelope.rcptTo.map(({ email }) => email)
  if (emails.length === 0) throw new Failure('badInput', { refusal: 'noRecipients' })
  if (emails.length > maxRecipients) throw new Failure('badInput', { refusal: 'tooManyRecipients', maxRecipients })
  const invalidRecipients = emails.filter((email) => !isAddress(email))
  if (invalidRecipients.length > 0) throw new Failure('badInput', { refusal: 'invalidRecipients', invalidRecipients })
}

/** RFC 4865: HOLDFOR and HOLDUNTIL of MAIL FROM are ours to keep, since we hold the message. Ms, or null. */
export function heldUntil(envelope: Envelope | null, now: number): number | null {
  for (const [name, value] of Object.entries(envelope?.mailFrom.parameters ?? {})) {
    if (!/^HOLD(FOR|UNTIL)$/i.test(name)) continue
    const at = /^HOLDFOR$/i.test(name)
      ? /^\d{1,9}$/.test(value ?? '')
        ? now + Number(value) * 1000
        : Number.NaN
      : Date.parse(value ?? '')
    if (Number.isNaN(at)) throw new Failure('badInput', { refusal: 'badHold' })
    return at
  }
  return null
}

/** What is left for the server behind. */
export function withoutHold({ email, parameters }: SubmissionAddress): SubmissionAddress {
  const kept = Object.entries(parameters ?? {}).filter(([name]) => !/^HOLD(FOR|UNTIL)$/i.test(name))
  return { email, parameters: Object.fromEntries(kept) }
}
