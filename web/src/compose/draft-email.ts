// A draft as the message that Email/set makes of it (RFC 8621 §4.6), and back when it is opened again. Where the text ends and
// the quote begins is marked by classes that mean nothing to other mail programs.

import type { Email, EmailAddress } from '#shared/jmap/mail.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import type { Draft } from './draft.ts'
import { htmlStringToText } from './html-to-text.ts'
import { isAddress } from './parse-addresses.ts'

export interface Places {
  readonly draftsId: string
}

/** Properties asked or set by name besides those of Email. */
export type NewEmail = Partial<Email> & Readonly<Record<string, unknown>>

export function draftToEmail(draft: Draft, identity: Identity | null, { draftsId }: Places): NewEmail {
  const html = draft.format === 'html' ? wholeHtml(draft) : null
  // A picture that was taken out of the text does not go along unseen.
  const files = draft.attachments
    // Uploaded while the format was changed: in plain text it is a file.
    .map((one) => (html === null ? { ...one, cid: null } : one))
    .filter(({ cid }) => cid === null || shows(html ?? '', cid))
    .map(({ blobId, name, type, cid }) => ({
      blobId,
      name,
      type,
      cid,
      disposition: cid === null ? 'attachment' : 'inline',
    }))
  const text = html === null ? draft.text : htmlStringToText(html)
  return {
    mailboxIds: { [draftsId]: true },
    keywords: { $draft: true, $seen: true },
    messageId: [draft.messageId],
    from: identity ? [{ name: identity.name || null, email: identity.email }] : null,
    to: complete(draft.to),
    cc: complete(draft.cc),
    bcc: complete(draft.bcc),
    replyTo: complete(draft.replyTo),
    subject: draft.subject,
    inReplyTo: draft.inReplyTo.length > 0 ? draft.inReplyTo : null,
    references: draft.references.length > 0 ? draft.references : null,
    ...(draft.priority === 'high' && { 'header:X-Priority:asText': '1 (Highest)', 'header:Importance:asText': 'high' }),
    ...(draft.priority === 'low' && { 'header:X-Priority:asText': '5 (Lowest)', 'header:Importance:asText': 'low' }),
    ...(draftNote(draft) !== '' && { 'header:X-Paquebot-Draft:asText': draftNote(draft) }),
    ...(draft.wantsReceipt &&
      identity && {
        // RFC 8098 §2.1.
        'header:Disposition-Notification-To:asAddresses': [{ name: identity.name || null, email: identity.email }],
      }),
    textBody: [{ partId: 'text', type: 'text/plain' }] as never,
    ...(html !== null && { htmlBody: [{ partId: 'html', type: 'text/html' }] as never }),
    ...(files.length > 0 && { attachments: files as never }),
    bodyValues: {
      text: { value: text, isEncodingProblem: false, isTruncated: false },
      ...(html !== null && { html: { value: html, isEncodingProblem: false, isTruncated: false } }),
    },
  }
}

/** What a draft must remember and no standard field says; the server takes it out of what is sent (docs/jmap-extensions.md). */
export function draftNote(draft: Pick<Draft, 'wantsDeliveryStatus' | 'answered' | 'forwarded'>): string {
  return [
    ...(draft.wantsDeliveryStatus ? ['dsn'] : []),
    ...draft.answered.map((id) => `answered=${id}`),
    ...draft.forwarded.map((id) => `forwarded=${id}`),
  ].join(' ')
}

/** Any program may have written it: ids that are none (RFC 8620 §1.2) are left out. */
export function readDraftNote(note: string): Pick<Draft, 'wantsDeliveryStatus' | 'answered' | 'forwarded'> {
  const words = note.split(/\s+/)
  const ids = (name: string) => words.flatMap((word) => new RegExp(`^${name}=([\\w-]{1,255})$`).exec(word)?.[1] ?? [])
  return { wantsDeliveryStatus: words.includes('dsn'), answered: ids('answered'), forwarded: ids('forwarded') }
}

/** What is no address (yet) cannot stand in a message; it stays in the composer, which does not send with it. */
function complete(addresses: readonly EmailAddress[]): readonly EmailAddress[] | null {
  const complete = addresses.filter(({ email }) => isAddress(email))
  return complete.length > 0 ? complete : null
}

/** Whether the HTML has the picture of this Content-ID in it (RFC 2392). */
export function shows(html: string, cid: string): boolean {
  return html.includes(`cid:${escapeHtml(cid)}`)
}

export const quoteClass = 'mail-quote'
export const introClass = 'mail-quote-intro'

/** The text and the quote under it, as one HTML document. */
export function wholeHtml(draft: Pick<Draft, 'html' | 'quote'>): string {
  const { quote } = draft
  if (!quote) return page(draft.html)
  const intro = `<div class="${introClass}">${quote.intro.split('\n').map(escapeHtml).join('<br>')}</div>`
  const body =
    quote.kind === 'reply'
      ? `<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:2px solid #b9c7d3;padding-left:1ex">${quote.html}</blockquote>`
      : `<div>${quote.html}</div>`
  return page(`${draft.html}<div class="${quoteClass} ${quoteClass}-${quote.kind}">${intro}${body}</div>`)
}

/** `dir`: what is written from the right arrives so, whatever the reader's program is set to. */
const page = (body: string) =>
  `<!doctype html><html><head><meta charset="utf-8"></head><body dir="auto">${body}</body></html>`

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char)
}

/** Plain text as paragraphs of the editor. */
export function textToHtml(text: string): string {
  return text
    .split('\n')
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('')
}

/** Takes apart what wholeHtml put together; `body` is sanitised. */
export function splitQuote(body: HTMLElement): Pick<Draft, 'html' | 'quote'> {
  const marked = body.querySelector(`.${quoteClass}`)
  if (!marked) return { html: body.innerHTML, quote: null }
  const kind = marked.classList.contains(`${quoteClass}-forward`) ? 'forward' : 'reply'
  const intro = marked.querySelector(`:scope > .${introClass}`)
  const quoted = intro?.nextElementSibling
  for (const br of intro?.querySelectorAll('br') ?? []) br.replaceWith('\n')
  const quote = { kind, intro: intro?.textContent ?? '', html: quoted?.innerHTML ?? '' } as const
  marked.remove()
  return { html: body.innerHTML, quote }
}
