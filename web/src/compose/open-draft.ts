// From what was asked («reply to this») to a draft with everything in it.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import { displayName } from '../mail/read/addresses.tsx'
import { loadMessage, type Message } from '../mail/read/load-message.ts'
import { fullDate } from '../mail/read/message-head.tsx'
import { visibleAddress } from '../mail/sanitize/visible-text.ts'
import { readSetting } from '../settings/account-settings.ts'
import type { ComposeRequest } from '../shell/composer.ts'
import type { Text } from '../shell/i18n.ts'
import type { MailStore } from '../store/index.ts'
import { type Draft, emptyDraft, newMessageId, type Quote } from './draft.ts'
import { escapeHtml, readDraftNote, splitQuote, textToHtml } from './draft-email.ts'
import { parseAddresses, parseMailto } from './parse-addresses.ts'
import { type QuotedBody, quotedBody, sanitizedBody } from './quote-html.ts'
import {
  carriedAttachments,
  forwardSubject,
  pickIdentity,
  quoteText,
  replyRecipients,
  replySubject,
  threading,
} from './start-draft.ts'

export interface OpenedDraft {
  readonly draft: Draft
  /** The draft on the server that is written on. */
  readonly emailId: string | null
}

type Writing = Exclude<ComposeRequest, { kind: 'redirect' | 'restore' }>

/** Throws when the message that is answered cannot be read. */
export async function openDraft(
  store: MailStore,
  identities: readonly Identity[],
  request: Writing,
  t: Text,
): Promise<OpenedDraft> {
  const setting = readSetting(store.client, 'composing')
  if (request.kind === 'new' || request.kind === 'mailto') {
    const identity = pickIdentity(identities, null, setting.identityId)
    const start = startOf(identity, setting.format)
    const asked =
      request.kind === 'mailto'
        ? parseMailto(request.url)
        : {
            to: parseAddresses(request.to ?? ''),
            cc: [],
            bcc: [],
            subject: request.subject ?? '',
            body: request.body ?? '',
          }
    const { body, bcc, ...fields } = asked
    const draft = { ...start, ...fields, bcc: [...start.bcc, ...bcc] }
    return {
      draft: body === '' ? draft : { ...draft, html: textToHtml(body) + start.html, text: body + start.text },
      emailId: null,
    }
  }
  const message = await loadMessage(store.client, request.emailId)
  if (!message) throw new Error('the message is gone')
  if (request.kind === 'draft') return reopen(message, identities)
  const identity = pickIdentity(identities, message, setting.identityId)
  const start = startOf(identity, setting.format)
  switch (request.kind) {
    case 'reply':
    case 'replyAll': {
      const body = quotedBody(message)
      const shown = start.format === 'html' ? body.html : ''
      const own = identities.map(({ email }) => email)
      return {
        draft: withQuote(
          {
            ...start,
            ...replyRecipients(message, own, request.kind === 'replyAll'),
            ...threading(message),
            subject: replySubject(message.subject),
            answered: [message.id],
            attachments: carriedAttachments(message, 'inline', shown, t('unnamed')),
          },
          replyQuote(message, body, t),
          body,
        ),
        emailId: null,
      }
    }
    case 'forward': {
      const body = quotedBody(message)
      const shown = start.format === 'html' ? body.html : ''
      return {
        draft: withQuote(
          {
            ...start,
            references: threading(message).references,
            subject: forwardSubject(message.subject),
            forwarded: [message.id],
            attachments: carriedAttachments(message, 'all', shown, t('unnamed')),
          },
          forwardQuote(message, body, t),
          body,
        ),
        emailId: null,
      }
    }
    case 'forwardAsAttachment':
      return {
        draft: {
          ...start,
          subject: forwardSubject(message.subject),
          forwarded: [message.id],
          attachments: [
            {
              blobId: message.blobId,
              name: `${
                (message.subject ?? '')
                  .replace(/[^\p{L}\p{N} _.-]+/gu, ' ')
                  .trim()
                  .slice(0, 80) || t('unnamed')
              }.eml`,
              type: 'message/rfc822',
              size: message.size,
              cid: null,
            },
          ],
        },
        emailId: null,
      }
    default: {
      const { draft } = reopen(message, identities)
      const fresh = { messageId: start.messageId, inReplyTo: [], references: [], answered: [], forwarded: [] }
      return { draft: { ...draft, ...fresh }, emailId: null }
    }
  }
}

function startOf(identity: Identity | null, format: 'html' | 'plain'): Draft {
  return {
    ...emptyDraft(newMessageId(identity?.email ?? '')),
    format,
    identityId: identity?.id ?? null,
    bcc: identity?.bcc ?? [],
    replyTo: identity?.replyTo ?? [],
    html: `<p></p>${signatureHtml(identity)}`,
    text: signatureText(identity),
  }
}

export function signatureHtml(identity: Identity | null): string {
  if (!identity) return ''
  const html = identity.htmlSignature.trim() === '' ? '' : sanitizedBody(identity.htmlSignature).html
  const inner =
    html === ''
      ? identity.textSignature
          .split('\n')
          .map((line) => `<p>${escapeHtml(line)}</p>`)
          .join('')
      : html
  return inner === '' || inner === '<p></p>' ? '' : `<div class="mail-signature">${inner}</div>`
}

/** RFC 3676 §4.3. */
export function signatureText(identity: Identity | null): string {
  const text = identity?.textSignature.trim() ?? ''
  return text === '' ? '' : `\n\n-- \n${text}`
}

function withQuote(draft: Draft, quote: Quote, body: QuotedBody): Draft {
  const text = quote.kind === 'reply' ? quoteText(body.text) : body.text
  // A plain text has it within.
  return { ...draft, quote: draft.format === 'html' ? quote : null, text: `${draft.text}\n\n${quote.intro}\n${text}\n` }
}

function replyQuote(message: Message, body: QuotedBody, t: Text): Quote {
  const from = message.from?.[0]
  return {
    kind: 'reply',
    intro: t('wrote', { date: fullDate(message), name: from ? displayName(from) : '' }),
    html: body.html,
  }
}

function forwardQuote(message: Message, body: QuotedBody, t: Text): Quote {
  const people = (addresses: readonly EmailAddress[] | null) =>
    (addresses ?? [])
      .map((one) => (one.name ? `${displayName(one)} <${visibleAddress(one.email)}>` : visibleAddress(one.email)))
      .join(', ')
  const lines = [
    `---------- ${t('forwardedMessage')} ----------`,
    `${t('from')}: ${people(message.from)}`,
    `${t('date')}: ${fullDate(message)}`,
    `${t('subject')}: ${message.subject ?? ''}`,
    `${t('to')}: ${people(message.to)}`,
    ...(message.cc?.length ? [`${t('cc')}: ${people(message.cc)}`] : []),
  ]
  return { kind: 'forward', intro: lines.join('\n'), html: body.html }
}

/** A message of mine, taken up again: the text and the quote apart as they were. */
function reopen(message: Message, identities: readonly Identity[]): OpenedDraft {
  const html = message.htmlBody.find((part) => part.type === 'text/html')
  const text = message.textBody.find((part) => part.type === 'text/plain')
  const textOf = (partId: string | null | undefined) => (partId ? (message.bodyValues[partId]?.value ?? '') : '')
  const parts = html
    ? splitQuote(sanitizedBody(textOf(html.partId)).body)
    : { html: textToHtml(textOf(text?.partId)), quote: null }
  const from = message.from?.[0]?.email.toLowerCase()
  const identity = identities.find(({ email }) => email.toLowerCase() === from) ?? pickIdentity(identities, null, null)
  const priority = message['header:X-Priority:asText']?.trim() ?? ''
  return {
    emailId: message.id,
    draft: {
      ...emptyDraft(message.messageId?.[0] ?? newMessageId(identity?.email ?? '')),
      identityId: identity?.id ?? null,
      to: message.to ?? [],
      cc: message.cc ?? [],
      bcc: message.bcc ?? [],
      replyTo: message.replyTo ?? [],
      subject: message.subject ?? '',
      format: html ? 'html' : 'plain',
      ...parts,
      text: textOf(text?.partId).replace(/\r\n?/g, '\n'),
      attachments: carriedAttachments(message, 'all', `${parts.html}${parts.quote?.html ?? ''}`, 'unnamed'),
      inReplyTo: message.inReplyTo ?? [],
      references: message.references ?? [],
      priority: /^[12]/.test(priority) ? 'high' : /^[45]/.test(priority) ? 'low' : 'normal',
      ...readDraftNote(message['header:X-Paquebot-Draft:asText'] ?? ''),
      wantsReceipt: Boolean(message['header:Disposition-Notification-To:asAddresses']?.length),
    },
  }
}
