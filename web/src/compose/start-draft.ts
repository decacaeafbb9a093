// What a message starts with when it answers, passes on or repeats another: recipients, subject, threading and quote. Pure:
// no DOM, no server; the HTML of quotes is made by quote-html.ts.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import type { Message } from '../mail/read/load-message.ts'
import type { DraftAttachment } from './draft.ts'
import { shows } from './draft-email.ts'

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** Who wrote from which of my addresses: the one that the message was sent to, else the one that is the default. */
export function pickIdentity(
  identities: readonly Identity[],
  message: Pick<Message, 'to' | 'cc' | 'bcc' | 'from'> | null,
  defaultId: string | null,
): Identity | null {
  const chosen = identities.find(({ id }) => id === defaultId) ?? identities[0] ?? null
  if (!message) return chosen
  const addressed = [...(message.to ?? []), ...(message.cc ?? []), ...(message.bcc ?? []), ...(message.from ?? [])]
  const isAddressed = (identity: Identity) => addressed.some(({ email }) => same(email, identity.email))
  return (chosen && isAddressed(chosen) ? chosen : identities.find(isAddressed)) ?? chosen
}

export interface ReplyRecipients {
  readonly to: readonly EmailAddress[]
  readonly cc: readonly EmailAddress[]
}

/** RFC 5322 §3.6.3. An answer to what I wrote myself goes on to whom it went. */
export function replyRecipients(
  message: Pick<Message, 'from' | 'replyTo' | 'to' | 'cc'>,
  own: readonly string[],
  toAll: boolean,
): ReplyRecipients {
  const isOwn = ({ email }: EmailAddress) => own.some((address) => same(address, email))
  const authors = message.from ?? []
  const isMine = authors.length > 0 && authors.every(isOwn)
  const to = isMine ? (message.to ?? []) : message.replyTo?.length ? message.replyTo : authors
  if (!toAll) return { to: unique(to, []), cc: [] }
  const others = isMine ? (message.cc ?? []) : [...(message.to ?? []), ...(message.cc ?? [])]
  const first = unique(to, [])
  return {
    to: first,
    cc: unique(
      others.filter((address) => !isOwn(address)),
      first,
    ),
  }
}

function unique(addresses: readonly EmailAddress[], before: readonly EmailAddress[]): EmailAddress[] {
  const kept: EmailAddress[] = []
  for (const address of addresses) {
    if (![...before, ...kept].some(({ email }) => same(email, address.email))) kept.push(address)
  }
  return kept
}

/** RFC 5322 §3.6.5, and the words that mail programs of other languages put there. */
const replyMark = /^\s*(?:(?:re|aw|antw|sv|vs|ref)(?:\[\d+\]|\^\d+)?\s*:\s*)+/i
const forwardMark = /^\s*(?:(?:fwd?|wg|tr|rv|enc)\s*:\s*)+/i

export function replySubject(subject: string | null): string {
  return `Re: ${(subject ?? '').replace(replyMark, '')}`.trimEnd()
}

export function forwardSubject(subject: string | null): string {
  return `Fwd: ${(subject ?? '').replace(forwardMark, '')}`.trimEnd()
}

/** RFC 5322 §3.6.4: the parent's references and its own id; In-Reply-To stands in when it has no references. */
export function threading(message: Pick<Message, 'messageId' | 'references' | 'inReplyTo'>): {
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
} {
  const own = message.messageId ?? []
  const before = message.references ?? (message.inReplyTo?.length === 1 ? message.inReplyTo : [])
  // Long threads: the first and the latest keep the thread together (RFC 5537 §3.4.4).
  const all = [...before, ...own].filter((id, at, list) => list.indexOf(id) === at)
  const references = all.length > 40 ? [all[0]!, ...all.slice(-39)] : all
  return { inReplyTo: own, references }
}

/** Files that go along when a message is passed on or repeated. Within the text are those that its HTML (`html`) shows; others
 * with a Content-ID, which some mail programs give to every file, are files like all. */
export function carriedAttachments(
  message: Pick<Message, 'attachments'>,
  only: 'all' | 'inline',
  html: string,
  unnamed: string,
): DraftAttachment[] {
  return message.attachments.flatMap(({ blobId, name, type, size, cid }) => {
    const isInText = cid !== null && shows(html, cid)
    if (blobId === null || (only === 'inline' && !isInText)) return []
    return [{ blobId, name: name ?? unnamed, type, size, cid: isInText ? cid : null }]
  })
}

/** `> ` before each line, and none before a mark that is there already. */
export function quoteText(text: string): string {
  return text
    .replace(/\s+$/, '')
    .split('\n')
    .map((line) => (line.startsWith('>') || line === '' ? `>${line}` : `> ${line}`))
    .join('\n')
}

/** Words by which people say that a file is with the message, in the languages of the interface and its neighbours. */
const attachmentWords =
  /\b(attach(ed|ment|ments|ing)?|enclosed|anhang|anhänge|angehängt|anbei|beigefügt|anlage|beiliegend|pièces? jointes?|ci-joint(e|es|s)?|adjunt[oa]s?|allegato|bijlage|bifogat)\b|مرفق|أرفق|添付/iu

/** Whether the writer's own words (not the quote) promise a file. */
export function promisesAttachment(text: string): boolean {
  return attachmentWords.test(
    text
      .split('\n')
      .filter((line) => !line.startsWith('>'))
      .join('\n'),
  )
}
