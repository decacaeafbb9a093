// A message being written, as the composer holds it. Values only: how it is kept is draft-keeper.ts's, how it becomes a
// message draft-email.ts's.

import type { EmailAddress } from '#shared/jmap/mail.ts'

export interface DraftAttachment {
  readonly blobId: string
  readonly name: string
  readonly type: string
  readonly size: number
  /** Of a picture within the text (RFC 2392), without angle brackets; null for a file. */
  readonly cid: string | null
}

/** What is answered or passed on, below the text: kept apart, so that its layout survives the editor. */
export interface Quote {
  readonly kind: 'reply' | 'forward'
  /** «On Monday, Alice wrote:», or the head of a forwarded message; text, lines apart by \n. */
  readonly intro: string
  /** Sanitised; pictures under the names that they had in the message. */
  readonly html: string
}

export interface Draft {
  /** The Message-ID, without angle brackets: the same over all savings, so that the draft can be known again. */
  readonly messageId: string
  readonly identityId: string | null
  readonly to: readonly EmailAddress[]
  readonly cc: readonly EmailAddress[]
  readonly bcc: readonly EmailAddress[]
  readonly replyTo: readonly EmailAddress[]
  readonly subject: string
  readonly format: 'html' | 'plain'
  /** The text: HTML of the editor, or plain with everything in it. */
  readonly html: string
  readonly text: string
  readonly quote: Quote | null
  readonly attachments: readonly DraftAttachment[]
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** Ids of the messages that are answered or forwarded by this one. */
  readonly answered: readonly string[]
  readonly forwarded: readonly string[]
  readonly priority: 'normal' | 'high' | 'low'
  readonly wantsReceipt: boolean
  readonly wantsDeliveryStatus: boolean
}

export function emptyDraft(messageId: string): Draft {
  return {
    messageId,
    identityId: null,
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: '',
    format: 'html',
    html: '',
    text: '',
    quote: null,
    attachments: [],
    inReplyTo: [],
    references: [],
    answered: [],
    forwarded: [],
    priority: 'normal',
    wantsReceipt: false,
    wantsDeliveryStatus: false,
  }
}

export function newMessageId(address: string): string {
  const domain = /@([a-z0-9.-]+)$/i.exec(address)?.[1] ?? 'localhost'
  return `${crypto.randomUUID()}@${domain.toLowerCase()}`
}
