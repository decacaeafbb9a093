// Handing a message to an SMTP submission server (RFC 6409). The outcome is a value for each recipient: what is
// tried again and what is told to the user is domain/submission's.

import type { MailCredential } from '#core/caller.ts'
import type { ErrorCode } from '#core/errors.ts'

export interface TransportAddress {
  readonly email: string
  /** ESMTP parameters (RFC 5321 §4.1.1), null for a bare keyword. Refused where the server does not offer the extension. */
  readonly parameters: Readonly<Record<string, string | null>>
}

export interface Submission {
  readonly from: TransportAddress
  readonly to: readonly TransportAddress[]
  /** ENVID (RFC 3461 §4.4) where the server offers DSN and `from` has none: by which a notification is known again. */
  readonly envelopeId?: string
  readonly size: number
  /** Octets above 127 in the body (BODY=8BITMIME, RFC 6152), in the header (SMTPUTF8, RFC 6531). */
  readonly has8BitBody: boolean
  readonly hasUtf8Header: boolean
  /**
   * Opened once, when the server has answered for each recipient and said yes to DATA; CRLF line ends, no dot stuffing. An error in it aborts the DATA: nothing is sent.
   * The final dot is written in the same turn of the event loop in which the stream ends, so that what it awaits last
   * (the record that the dot is about to go) holds when the dot goes.
   */
  readonly message: (recipients: readonly RecipientOutcome[]) => Promise<AsyncIterable<Uint8Array>>
}

export interface RecipientOutcome {
  readonly email: string
  readonly outcome: 'accepted' | 'temporary' | 'permanent'
  /** The server's reply as it came: `250 2.1.5 Ok`. */
  readonly reply: string
}

export interface SubmissionOutcome {
  /**
   * `accepted`: the server took responsibility for the accepted recipients. `temporary` and `permanent`: for nobody.
   * `unknown`: the connection was lost after the final dot and before its reply: it may have been accepted.
   */
  readonly outcome: 'accepted' | 'temporary' | 'permanent' | 'unknown'
  /** The reply to DATA, or to what failed before it. */
  readonly reply: string
  readonly recipients: readonly RecipientOutcome[]
  /** Why we did not come so far as to offer the message: badCredentials, unavailable, untrustedServer, timeout; else null. */
  readonly failure: ErrorCode | null
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  /** Accept a certificate by its SHA-256 fingerprint (hex, no colons) instead of by a CA. */
  readonly pinnedSha256?: string
}

export interface MailTransport {
  /** Throws only `canceled`, `badInput` (control characters) and what `message` throws; every answer of the server is an outcome. */
  submit(
    server: SmtpServer,
    credential: MailCredential,
    submission: Submission,
    signal: AbortSignal,
  ): Promise<SubmissionOutcome>
  /** What the server offers after sign-in: EHLO keywords with their arguments. Throws badCredentials, unavailable, untrustedServer. */
  capabilities(
    server: SmtpServer,
    credential: MailCredential,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>
  close(): Promise<void>
}
