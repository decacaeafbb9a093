// Our own capability, urn:paquebot:params:jmap:settings:1, and our additions to EmailSubmission: docs/jmap-extensions.md
// is the specification. For both ends.

import type { EmailAddress } from './mail.ts'

/** One subject of a person's settings: `appearance`, `reading`, `composing`, `shortcuts`, `remote-content` … */
export interface Settings {
  /** The key: a lower-case letter, then up to 63 of a–z 0–9 `-`. Every key exists; one never written has the value {}. */
  readonly id: string
  /** What the client keeps there; patched by path (`value/theme`), so that two devices do not overwrite one another. */
  readonly value: Readonly<Record<string, unknown>>
  /** Grows with each write; 0 for a key never written. Given in an update, it must be the current one (`conflict`). */
  readonly version: number
}

export interface TemplateAttachment {
  readonly blobId: string
  readonly name: string | null
  readonly type: string
  readonly size: number
  readonly cid: string | null
}

/** A text kept for messages to come. */
export interface Template {
  readonly id: string
  readonly name: string
  readonly subject: string | null
  readonly to: readonly EmailAddress[] | null
  readonly cc: readonly EmailAddress[] | null
  readonly bcc: readonly EmailAddress[] | null
  readonly textBody: string
  readonly htmlBody: string
  readonly attachments: readonly TemplateAttachment[]
}

/** The client part of a plugin (plugin-api/web.ts); `plugins` of our capability in the session object lists them. */
export interface PluginPart {
  readonly name: string
  /** The worker in which it runs, beside the server's own files; null where no place of it needs code. */
  readonly url: string | null
  readonly settings: Readonly<Record<string, string | boolean | number | readonly string[]>>
  /** Where it shows, with what it says there: `DeclaredPlaces` of plugin-api/web.ts. */
  readonly places: Readonly<Record<string, unknown>>
}

/** What the mail server wants its user to read ([ALERT], RFC 9051 §7.1), until it is destroyed. */
export interface MailAlert {
  readonly id: string
  /** Plain text of at most 500 characters. */
  readonly text: string
  /** The host that said it. */
  readonly server: string
  readonly receivedAt: string
}

/**
 * Email/unsubscribe. `done`: the list took it. `refused`: it answered with `status`. `unreachable`: it did not answer. `notOneClick`,
 * `notSigned`: nobody was asked, since the message does not offer it in such a way that it may be done (RFC 8058 §3, §4).
 */
export interface Unsubscribed {
  readonly outcome: 'done' | 'refused' | 'unreachable' | 'notOneClick' | 'notSigned'
  readonly host: string | null
  /** Of HTTP. */
  readonly status: number | null
}

/** What one method found: `pass`, `fail`, `none`, `softfail` … (RFC 8601 §2.7), and for which domain. */
export interface AuthenticationFinding {
  readonly result: string
  /** Lower case, as on the wire. */
  readonly domain: string | null
}

/** Email/get: `authentication`, as the account's own mail server found it when the message arrived. */
export interface EmailAuthentication {
  /** Who says so: its authserv-id. */
  readonly server: string
  readonly spf: AuthenticationFinding | null
  readonly dkim: readonly AuthenticationFinding[]
  readonly dmarc: AuthenticationFinding | null
  readonly arc: AuthenticationFinding | null
  /**
   * `pass`: the domain of From stands behind the message: DMARC passed for it, or, where nothing was said of DMARC, DKIM or SPF did for
   * that very domain or one above it. `fail`: DMARC failed. `none`: neither.
   */
  readonly verdict: 'pass' | 'fail' | 'none'
  /** The domain of From, as on the wire; null when From does not name exactly one address. */
  readonly fromDomain: string | null
}

/** Plugin/call: what the client part of a plugin asks of its server part, both JSON. */
export interface PluginCall {
  readonly accountId: string
  readonly plugin: string
  readonly name: string
  readonly argument: unknown
}

/** What EmailSubmission has besides RFC 8621 §7, when the capability is in `using`. */
export interface SubmissionExtension {
  /** Create: repeated with the same key, it is the same submission (within 30 days), whatever became of the first answer. */
  readonly idempotencyKey?: string | null
  /** Create: when the message is accepted, the server moves it from Drafts to Sent and clears `$draft`. */
  readonly fileSent?: boolean
  /** Create: gets `$answered` once the message is accepted. */
  readonly answered?: readonly string[] | null
  /** Create: get `$forwarded` once the message is accepted. */
  readonly forwarded?: readonly string[] | null
  /** Create: the message goes out as it is, under Resent-* header fields (RFC 5322 §3.6.6); needs an envelope. */
  readonly redirect?: boolean
  /** Get: why it failed, or what it waits for; null when all is well. */
  readonly problem: SubmissionProblem | null
  /** Get: when it is tried next, null when it is not. */
  readonly nextAttemptAt: string | null
}

/**
 * `retrying`: refused for now, tried again at nextAttemptAt. `signInNeeded`: the mail server no longer takes the password; waits for
 * the next sign-in. `failed`: nobody got it, the draft is in Drafts. `partlyFailed`: some got it, see deliveryStatus. `uncertain`: the
 * connection broke in the one moment where nobody can know; not sent again by itself. `notFiled`: sent, but the mailbox could not be
 * put in order yet.
 */
export type SubmissionProblemKind = 'retrying' | 'signInNeeded' | 'failed' | 'partlyFailed' | 'uncertain' | 'notFiled'

export interface SubmissionProblem {
  readonly kind: SubmissionProblemKind
  /** For a person, in English; the server's own words where it refused. */
  readonly description: string
}

/** A message that is out of sight until a time (docs/jmap-extensions.md). */
export interface Snooze {
  readonly id: string
  /** As long as it sleeps. */
  readonly emailId: string
  /** Where it returns to. */
  readonly mailboxId: string
  /** UTCDate. */
  readonly until: string
  /** The mail server refuses what the account signed in with: it returns once somebody has signed in again. */
  readonly isSignInNeeded: boolean
}
