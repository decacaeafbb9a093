// JMAP Mail (RFC 8621 §2–5): the shapes on the wire, for both ends.

import type { Filter } from './core.ts'

/** RFC 8621 §2; the names are those of the IANA registry «IMAP Mailbox Name Attributes», lower case. */
export type MailboxRole =
  | 'all'
  | 'archive'
  | 'drafts'
  | 'flagged'
  | 'important'
  | 'inbox'
  | 'junk'
  | 'sent'
  | 'subscribed'
  | 'trash'
  | 'scheduled'
  | 'snoozed'
  | 'memos'

/** RFC 8621 §2, MailboxRights. */
export interface MailboxRights {
  readonly mayReadItems: boolean
  readonly mayAddItems: boolean
  readonly mayRemoveItems: boolean
  readonly maySetSeen: boolean
  readonly maySetKeywords: boolean
  readonly mayCreateChild: boolean
  readonly mayRename: boolean
  readonly mayDelete: boolean
  readonly maySubmit: boolean
}

/** RFC 8621 §2. */
export interface Mailbox {
  readonly id: string
  readonly name: string
  readonly parentId: string | null
  readonly role: MailboxRole | null
  readonly sortOrder: number
  readonly totalEmails: number
  readonly unreadEmails: number
  readonly totalThreads: number
  readonly unreadThreads: number
  readonly myRights: MailboxRights
  readonly isSubscribed: boolean
}

/** RFC 8621 §2.3. */
export interface MailboxFilterCondition {
  readonly parentId?: string | null
  readonly name?: string
  readonly role?: string | null
  readonly hasAnyRole?: boolean
  readonly isSubscribed?: boolean
}

/** RFC 8621 §4.1.2.3. */
export interface EmailAddress {
  readonly name: string | null
  readonly email: string
}
/** RFC 8621 §4.1.2.4. */
export interface EmailAddressGroup {
  readonly name: string | null
  readonly addresses: readonly EmailAddress[]
}
/** RFC 8621 §4.1.3: raw value, from the octet after the colon. */
export interface EmailHeader {
  readonly name: string
  readonly value: string
}

/** RFC 8621 §4.1.4. */
export interface EmailBodyPart {
  readonly partId: string | null
  readonly blobId: string | null
  readonly size: number
  readonly headers?: readonly EmailHeader[]
  readonly name: string | null
  readonly type: string
  readonly charset: string | null
  readonly disposition: string | null
  readonly cid: string | null
  readonly language: readonly string[] | null
  readonly location: string | null
  readonly subParts?: readonly EmailBodyPart[] | null
}
export interface EmailBodyValue {
  readonly value: string
  readonly isEncodingProblem: boolean
  readonly isTruncated: boolean
}

/** RFC 8621 §4.1. Members asked as `header:…` come under that very name. */
export interface Email {
  readonly id: string
  readonly blobId: string
  readonly threadId: string
  readonly mailboxIds: Readonly<Record<string, boolean>>
  readonly keywords: Readonly<Record<string, boolean>>
  readonly size: number
  readonly receivedAt: string
  readonly headers: readonly EmailHeader[]
  readonly messageId: readonly string[] | null
  readonly inReplyTo: readonly string[] | null
  readonly references: readonly string[] | null
  readonly sender: readonly EmailAddress[] | null
  readonly from: readonly EmailAddress[] | null
  readonly to: readonly EmailAddress[] | null
  readonly cc: readonly EmailAddress[] | null
  readonly bcc: readonly EmailAddress[] | null
  readonly replyTo: readonly EmailAddress[] | null
  readonly subject: string | null
  readonly sentAt: string | null
  readonly bodyStructure: EmailBodyPart
  readonly bodyValues: Readonly<Record<string, EmailBodyValue>>
  readonly textBody: readonly EmailBodyPart[]
  readonly htmlBody: readonly EmailBodyPart[]
  readonly attachments: readonly EmailBodyPart[]
  readonly hasAttachment: boolean
  readonly preview: string
}

/** RFC 8621 §4.4.1. Dates are UTCDate strings (RFC 8620 §1.4). */
export interface EmailFilterCondition {
  readonly inMailbox?: string
  readonly inMailboxOtherThan?: readonly string[]
  readonly before?: string
  readonly after?: string
  readonly minSize?: number
  readonly maxSize?: number
  readonly allInThreadHaveKeyword?: string
  readonly someInThreadHaveKeyword?: string
  readonly noneInThreadHaveKeyword?: string
  readonly hasKeyword?: string
  readonly notKeyword?: string
  readonly hasAttachment?: boolean
  readonly text?: string
  readonly from?: string
  readonly to?: string
  readonly cc?: string
  readonly bcc?: string
  readonly subject?: string
  readonly body?: string
  readonly header?: readonly string[]
  /** Ours (docs/jmap-extensions.md): words of the names of what is attached. */
  readonly attachmentName?: string
}
export type EmailFilter = Filter<EmailFilterCondition>

/** RFC 8621 §3. */
export interface Thread {
  readonly id: string
  readonly emailIds: readonly string[]
}

/** RFC 8621 §5. */
export interface SearchSnippet {
  readonly emailId: string
  readonly subject: string | null
  readonly preview: string | null
}

/** Keywords with a meaning: RFC 8621 §4.1.1, RFC 5788 and the IANA registry. */
export const keywords = {
  draft: '$draft',
  seen: '$seen',
  flagged: '$flagged',
  answered: '$answered',
  forwarded: '$forwarded',
  phishing: '$phishing',
  junk: '$junk',
  notJunk: '$notjunk',
  mdnSent: '$mdnsent',
} as const
