// A user's mail, as a store of messages with stable ids, threads, states and changes, whatever the server behind offers.
//
// The mail server is the truth; a driver keeps only what it can rebuild. No rule of JMAP stands here: patches, argument checks,
// ordering of set operations, drafts and body selection are domain/mail's. What a driver owes:
//  - ids that survive a move by any client where the server makes that possible (EMAILID, X-GM-MSGID, X-GUID), else at least
//    a move through us;
//  - states that any node can answer from, and `cannotCalculateChanges` rather than a wrong answer;
//  - a dropped connection repaired without the caller seeing it, unless a change may have been applied and cannot be checked;
//  - bounds: connections per account and per node, bytes per literal, time per command; Failure codes for each refusal.
// Times are ms since 1970. Every method ends early with `canceled` when the account's signal (or its own) aborts.

import type { Caller, MailCredential } from '#core/caller.ts'
import type { AccountId, EmailId, MailboxId, ThreadId } from '#shared/ids.ts'
import type { Comparator } from '#shared/jmap/core.ts'
import type { EmailFilter, MailboxRights, MailboxRole } from '#shared/jmap/mail.ts'

export interface MailServer {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  /** Accept a certificate by its SHA-256 fingerprint (hex, no colons) instead of by a CA. */
  readonly pinnedSha256?: string
}

export interface MailLogin {
  readonly account: AccountId
  readonly server: MailServer
  readonly credential: MailCredential
}

/** What the server wants its user to read: [ALERT], RFC 9051 §7.1 («MUST be presented to the user»). */
export interface MailAlert {
  readonly account: AccountId
  /** The host that said it. */
  readonly server: string
  /** As it came: of any length and any characters. */
  readonly text: string
}

export interface MailStore {
  /**
   * Proves the credential by a sign-in. Throws badCredentials (wrong address or password), unavailable (server down), untrustedServer
   * (certificate), tooManyConnections, timeout: each with `detail.server` (the server's own words, for the log), and with `detail.alert`
   * where the server wants whoever tried to read something: it is his, not yet the account's.
   */
  verify(login: MailLogin, signal: AbortSignal): Promise<void>
  /**
   * The account's handle: cheap, shared by all requests of the account on this node, opens connections as needed and
   * closes them when idle. The newest login's credential is the one used for the next connection.
   */
  account(login: MailLogin): MailAccount
  /** Hears the alerts of all accounts on this node, repeated ones again. Must not throw. Returns the way to stop. */
  onAlert(listener: (alert: MailAlert) => void): () => void
  /** Forgets connections and caches of an account (sign-out everywhere, changed password). */
  forget(account: AccountId): Promise<void>
  close(): Promise<void>
}

export interface MailboxRow {
  readonly id: MailboxId
  /** One level, Unicode (RFC 8621 §2: name). */
  readonly name: string
  /** All levels, as the store itself says it: what a Sieve script calls the mailbox. */
  readonly path: string
  readonly parentId: MailboxId | null
  readonly role: MailboxRole | null
  readonly totalEmails: number
  readonly unreadEmails: number
  /** Null unless asked for: they need the index of the whole account. */
  readonly totalThreads: number | null
  readonly unreadThreads: number | null
  readonly isSubscribed: boolean
  readonly rights: MailboxRights
}

export interface Changes<Id> {
  readonly newState: string
  readonly hasMore: boolean
  readonly created: readonly Id[]
  readonly updated: readonly Id[]
  readonly destroyed: readonly Id[]
}

export interface MailboxChanges extends Changes<MailboxId> {
  /** True when nothing but counts changed in `updated` (RFC 8621 §2.2: updatedProperties). */
  readonly countsOnly: boolean
}

/** What is always known of a message once it is listed; no body, no header. */
export interface EmailRow {
  readonly id: EmailId
  readonly threadId: ThreadId
  readonly mailboxIds: readonly MailboxId[]
  /** Lower case, JMAP names: `$seen`, `$flagged`, `$answered`, `$draft`, `$forwarded`, and the server's other keywords. */
  readonly keywords: readonly string[]
  /** Octets of the raw message. */
  readonly size: number
  readonly receivedAt: number
  /** Raw header block of the fields in `listHeaders`, CRLF, unfolded not; present when asked for. */
  readonly listHeaders?: Uint8Array
  /** From BODYSTRUCTURE; present when asked for. */
  readonly structure?: BodyNode
  /** At most 256 characters of the text, white space folded; present when asked for. */
  readonly preview?: string
}

/** The header fields that a list needs, fetched in one go and cached. */
export const listHeaderNames = [
  'From',
  'Sender',
  'Reply-To',
  'To',
  'Cc',
  'Bcc',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'X-Priority',
  'Importance',
  'Disposition-Notification-To',
] as const

export interface RowNeeds {
  readonly listHeaders?: boolean
  readonly structure?: boolean
  /** `ifKnown`: no command is worth it. */
  readonly preview?: boolean | 'ifKnown'
}

/** One node of BODYSTRUCTURE (RFC 3501 §7.4.2). Parameter names and types lower case, values as the server sent them, undecoded. */
export interface BodyNode {
  /** IMAP section (`1.2`); the root of a multipart is ''. A single-part message has the section `1`. */
  readonly section: string
  /** `text/plain`, `multipart/mixed`, `message/rfc822` … */
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly contentId: string | null
  readonly description: string | null
  /** Content-Transfer-Encoding, lower case. */
  readonly encoding: string
  /** Octets as encoded. */
  readonly size: number
  readonly disposition: { readonly type: string; readonly parameters: Readonly<Record<string, string>> } | null
  readonly language: readonly string[] | null
  readonly location: string | null
  /** Of a multipart. A message/rfc822 is a leaf here: its inside is read when it is opened. */
  readonly children: readonly BodyNode[]
}

export interface EmailQuery {
  readonly filter: EmailFilter | null
  readonly sort: readonly Comparator[]
  readonly collapseThreads: boolean
  readonly position: number
  readonly anchor: EmailId | null
  readonly anchorOffset: number
  readonly limit: number
  readonly calculateTotal: boolean
}

export interface EmailQueryResult {
  readonly queryState: string
  readonly canCalculateChanges: boolean
  readonly position: number
  readonly ids: readonly EmailId[]
  /** Given when it was asked for. */
  readonly total: number | null
}

export interface EmailQueryChanges {
  readonly newQueryState: string
  readonly total: number | null
  readonly removed: readonly EmailId[]
  readonly added: readonly { readonly id: EmailId; readonly index: number }[]
}

/** The new membership and keywords of one message; absent members stay as they are. All ids valid, at least one mailbox left. */
export interface EmailChange {
  readonly id: EmailId
  readonly addMailboxes?: readonly MailboxId[]
  readonly removeMailboxes?: readonly MailboxId[]
  readonly addKeywords?: readonly string[]
  readonly removeKeywords?: readonly string[]
}

/** The fate of each in a batch: null = done. */
export type Outcomes = ReadonlyMap<EmailId, import('#core/errors.ts').Failure | null>

export interface NewEmail {
  readonly mailboxIds: readonly MailboxId[]
  readonly keywords: readonly string[]
  readonly receivedAt: number | null
  /** Octets; the source must give exactly that many. CRLF line ends, no NUL. */
  readonly size: number
  readonly source: () => Promise<AsyncIterable<Uint8Array>>
}

export interface QuotaRow {
  /** The quota root's name. */
  readonly root: string
  readonly resource: 'octets' | 'count'
  readonly used: number
  readonly limit: number
}

export interface MailAccountInfo {
  /** What the server behind is good for; false means a slower fallback, not an error, unless said otherwise. */
  readonly features: {
    /** Ids survive moves by other clients. */
    readonly stableIds: boolean
    readonly serverSort: boolean
    readonly condstore: boolean
    readonly qresync: boolean
    /** Changes are told by the server (NOTIFY or IDLE), not polled. */
    readonly push: 'notify' | 'idle' | 'poll'
    readonly quota: boolean
    readonly acl: boolean
    /** No fallback: arbitrary keywords can be kept. */
    readonly customKeywords: boolean
  }
  /** From APPENDLIMIT, where told. */
  readonly maxMessageSize: number | null
}

export interface MailAccount {
  /** What holds whatever the server says: the session object tells it while the server is down. */
  readonly bounds: { readonly maxMailboxDepth: number | null; readonly maxSizeMailboxName: number }
  info(signal: AbortSignal): Promise<MailAccountInfo>

  /** `isConfirmed`: as the server has it now, however lately this node asked: for whoever changes only what he has seen (ifInState). */
  mailboxes(
    need: { readonly threads: boolean; readonly isConfirmed?: boolean },
    signal: AbortSignal,
  ): Promise<{ readonly state: string; readonly list: readonly MailboxRow[] }>
  mailboxChanges(sinceState: string, maxChanges: number | null, signal: AbortSignal): Promise<MailboxChanges>
  /** alreadyExists, notFound (parent), badInput (name), forbidden, overQuota. */
  createMailbox(
    mailbox: {
      readonly name: string
      readonly parentId: MailboxId | null
      readonly role: MailboxRole | null
      readonly isSubscribed: boolean
    },
    signal: AbortSignal,
  ): Promise<MailboxId>
  /** Keeps the id, though the server's name changes. */
  updateMailbox(
    id: MailboxId,
    change: {
      readonly name?: string
      readonly parentId?: MailboxId | null
      readonly isSubscribed?: boolean
      readonly role?: MailboxRole | null
    },
    signal: AbortSignal,
  ): Promise<void>
  /** hasChildren; hasContent unless `removeEmails`; with it, messages that are in no other mailbox are destroyed. */
  destroyMailbox(id: MailboxId, removeEmails: boolean, signal: AbortSignal): Promise<void>

  /** One string for Email and Thread alike. `isConfirmed` as with mailboxes. */
  emailState(signal: AbortSignal, isConfirmed?: boolean): Promise<string>
  emailChanges(sinceState: string, maxChanges: number | null, signal: AbortSignal): Promise<Changes<EmailId>>
  /** Threads touched by the same changes. */
  threadChanges(sinceState: string, maxChanges: number | null, signal: AbortSignal): Promise<Changes<ThreadId>>
  /** Members oldest first (RFC 8621 §3); unknown threads are left out. Needs the account's index. */
  threads(ids: readonly ThreadId[], signal: AbortSignal): Promise<ReadonlyMap<ThreadId, readonly EmailId[]>>

  /** anchorNotFound, unsupportedSort, unsupportedFilter, notFound (a mailbox of the filter is unknown: empty result instead). */
  query(query: EmailQuery, signal: AbortSignal): Promise<EmailQueryResult>
  queryChanges(
    query: EmailQuery,
    sinceQueryState: string,
    options: { readonly maxChanges: number | null; readonly upToId: EmailId | null },
    signal: AbortSignal,
  ): Promise<EmailQueryChanges>

  /** Rows of those ids that exist, in any order: the ids missing are not found. Rows seen before cost no command. */
  rows(ids: readonly EmailId[], need: RowNeeds, signal: AbortSignal): Promise<readonly EmailRow[]>
  /** The raw message. notFound. `range` in octets. Never whole in memory unless the caller gathers it. */
  raw(
    id: EmailId,
    options: { readonly range?: { readonly start: number; readonly end: number } },
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly body: AsyncIterable<Uint8Array> }>
  /** One section as it stands in the message (still transfer-encoded); `mime` gives its MIME header instead, `header` the top header. */
  section(
    id: EmailId,
    section: string,
    what: 'body' | 'mime' | 'header',
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly body: AsyncIterable<Uint8Array> }>
  /**
   * Octets of parts after decoding, as the server tells them (RFC 3516 §4.3) without sending the parts. Sections that it does not tell
   * are missing and for the caller to count, and servers err: a size holds only as far as the encoded size bears it out.
   */
  decodedSizes(id: EmailId, sections: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>
  /** Ids of messages whose Message-ID is this (with angle brackets), newest first: the outside witness of a send. Asks the server, never the index alone. */
  findByMessageId(messageId: string, mailbox: MailboxId | null, signal: AbortSignal): Promise<readonly EmailId[]>

  /** Applies each change with as few commands as the batch allows (flags by UID set, MOVE where offered). */
  change(changes: readonly EmailChange[], signal: AbortSignal): Promise<Outcomes>
  /** Expunges from every mailbox (RFC 8621 §4.6: destroy). */
  destroy(ids: readonly EmailId[], signal: AbortSignal): Promise<Outcomes>
  /** APPEND to the first mailbox, COPY to the others. tooLarge, overQuota, notFound (mailbox), badInput (the source's bytes). */
  append(email: NewEmail, signal: AbortSignal): Promise<EmailRow>

  quota(signal: AbortSignal): Promise<readonly QuotaRow[]>

  /**
   * Hears of changes, ours and other clients', within 2 s while at least one listener stands: `types` are JMAP type names.
   * After silence of the server's push channel the driver polls. Returns the way to stop.
   */
  watch(listener: (types: readonly ('Email' | 'Mailbox' | 'Thread' | 'EmailDelivery')[]) => void): () => void
}

/** How domains come to an account's mail: boot joins directory and store. */
export type OpenMail = (caller: Caller) => Promise<MailAccount>
