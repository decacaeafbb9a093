// JMAP Submission and VacationResponse (RFC 8621 §6–8), MDN (RFC 9007), Quota (RFC 9425), Sieve (RFC 9661).

import type { EmailAddress } from './mail.ts'

/** RFC 8621 §6. */
export interface Identity {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly replyTo: readonly EmailAddress[] | null
  readonly bcc: readonly EmailAddress[] | null
  readonly textSignature: string
  readonly htmlSignature: string
  readonly mayDelete: boolean
}

/** RFC 8621 §7, Envelope: `parameters` are those of MAIL FROM and RCPT TO (RFC 5321 §4.1.1), null for a bare keyword. */
export interface SubmissionAddress {
  readonly email: string
  readonly parameters: Readonly<Record<string, string | null>> | null
}
export interface Envelope {
  readonly mailFrom: SubmissionAddress
  readonly rcptTo: readonly SubmissionAddress[]
}
export interface DeliveryStatus {
  readonly smtpReply: string
  readonly delivered: 'queued' | 'yes' | 'no' | 'unknown'
  readonly displayed: 'unknown' | 'yes'
}
export interface EmailSubmission {
  readonly id: string
  readonly identityId: string
  readonly emailId: string
  readonly threadId: string
  readonly envelope: Envelope | null
  readonly sendAt: string
  readonly undoStatus: 'pending' | 'final' | 'canceled'
  readonly deliveryStatus: Readonly<Record<string, DeliveryStatus>> | null
  readonly dsnBlobIds: readonly string[]
  readonly mdnBlobIds: readonly string[]
}

/** RFC 8621 §8: a singleton whose id is `singleton`. */
export interface VacationResponse {
  readonly id: 'singleton'
  readonly isEnabled: boolean
  readonly fromDate: string | null
  readonly toDate: string | null
  readonly subject: string | null
  readonly textBody: string | null
  readonly htmlBody: string | null
}

/** RFC 9661 §2.1. */
export interface SieveScript {
  readonly id: string
  readonly name: string | null
  readonly blobId: string
  readonly isActive: boolean
}

/** RFC 9425 §4. */
export interface Quota {
  readonly id: string
  readonly resourceType: 'count' | 'octets'
  readonly used: number
  readonly hardLimit: number
  readonly warnLimit: number | null
  readonly softLimit: number | null
  readonly scope: 'account' | 'domain' | 'global'
  readonly name: string
  readonly types: readonly string[]
  readonly description: string | null
}

/** RFC 9007 §2. */
export interface Mdn {
  readonly forEmailId: string | null
  readonly subject?: string | null
  readonly textBody?: string | null
  readonly includeOriginalMessage?: boolean
  readonly reportingUA?: string | null
  readonly disposition: {
    readonly actionMode: 'manual-action' | 'automatic-action'
    readonly sendingMode: 'mdn-sent-manually' | 'mdn-sent-automatically'
    readonly type: 'deleted' | 'dispatched' | 'displayed' | 'processed'
  }
  readonly mdnGateway?: string | null
  readonly originalRecipient?: string | null
  readonly finalRecipient?: string | null
  readonly originalMessageId?: string | null
  readonly error?: readonly string[] | null
  readonly extensionFields?: Readonly<Record<string, string>> | null
}
