// What other rooms see of the mail domain.

import type { Caller } from '#core/caller.ts'
import type { HeaderProperty } from '#formats/mime/header-forms.ts'
import type { MessageToWrite } from '#formats/mime/write-message.ts'
import type {
  Changes,
  EmailChange,
  EmailQuery,
  EmailQueryChanges,
  EmailQueryResult,
  Outcomes,
} from '#ports/mail-store.ts'
import type { BlobId, EmailId, MailboxId, ThreadId } from '#shared/ids.ts'
import type { Comparator, Filter } from '#shared/jmap/core.ts'
import type {
  EmailFilter,
  Mailbox,
  MailboxFilterCondition,
  MailboxRights,
  MailboxRole,
  SearchSnippet,
} from '#shared/jmap/mail.ts'

export interface MailConfig {
  /** A message up to this size is read whole, in one command; of a larger one, structure and sections. */
  readonly wholeMessageMaxBytes: number
  /** Largest embedded or uploaded message that is parsed (Email/parse, attachments inside attachments). */
  readonly parseMaxBytes: number
  /** Octets of raw messages kept by the node for what is asked next of them. */
  readonly cacheMaxBytes: number
  /** Longest body value told, whatever the client asks for. */
  readonly maxBodyValueBytes: number
  /** Announced (RFC 8621 §1.3.1) and enforced when a message is created. */
  readonly maxSizeAttachmentsPerEmail: number
  readonly maxMailboxesPerEmail: number
  readonly maxKeywordsPerEmail: number
}

export const mailDefaults: MailConfig = {
  wholeMessageMaxBytes: 1024 * 1024,
  parseMaxBytes: 50_000_000,
  cacheMaxBytes: 16 * 1024 * 1024,
  maxBodyValueBytes: 10 * 1024 * 1024,
  maxSizeAttachmentsPerEmail: 50_000_000,
  maxMailboxesPerEmail: 100,
  maxKeywordsPerEmail: 100,
}

/** RFC 8621 §1.3.1, of one account. */
export interface MailCapability {
  readonly maxMailboxesPerEmail: number | null
  readonly maxMailboxDepth: number | null
  readonly maxSizeMailboxName: number
  readonly maxSizeAttachmentsPerEmail: number
  readonly emailQuerySortOptions: readonly string[]
  readonly mayCreateTopLevelMailbox: boolean
}

/** What of an Email is asked for: RFC 8621 §4.2. */
export interface EmailView {
  /** Names of properties, `header:…` not among them. */
  readonly properties: ReadonlySet<string>
  readonly headers: readonly HeaderProperty[]
  readonly bodyProperties: ReadonlySet<string>
  readonly bodyHeaders: readonly HeaderProperty[]
  readonly fetchTextBodyValues: boolean
  readonly fetchHTMLBodyValues: boolean
  readonly fetchAllBodyValues: boolean
  /** 0: whole. */
  readonly maxBodyValueBytes: number
}

/** An Email as on the wire: the properties that were asked for. */
export type EmailObject = Readonly<Record<string, unknown>> & { readonly id: EmailId }

export interface ParsedEmails {
  readonly parsed: ReadonlyMap<BlobId, Readonly<Record<string, unknown>>>
  readonly notParsable: readonly BlobId[]
  readonly notFound: readonly BlobId[]
}

export interface NewMailbox {
  readonly name: string
  readonly parentId: MailboxId | null
  readonly role: MailboxRole | null
  readonly sortOrder: number
  readonly isSubscribed: boolean
}

/** Absent members stay as they are. */
export type MailboxUpdate = Partial<NewMailbox>

export interface MailboxChangesResult extends Changes<MailboxId> {
  /** RFC 8621 §2.2: the only properties that changed in `updated`, or null when others may have. */
  readonly updatedProperties: readonly string[] | null
}

export interface MailboxQuery {
  readonly filter: Filter<MailboxFilterCondition> | null
  readonly sort: readonly Comparator[]
  readonly sortAsTree: boolean
  readonly filterAsTree: boolean
}

export interface EmailPlace {
  readonly mailboxIds: readonly MailboxId[]
  readonly keywords: readonly string[]
  /** Ms; null: now. */
  readonly receivedAt: number | null
}

export interface NewDraft extends EmailPlace {
  readonly message: MessageToWrite
}

export interface CreatedEmail {
  readonly id: EmailId
  readonly blobId: BlobId
  readonly threadId: ThreadId
  readonly size: number
}

/** Bytes of a part of a new message, by their id; size known. */
export interface BlobSource {
  readonly size: number
  open(): Promise<AsyncIterable<Uint8Array>>
}

export interface MailBlobs {
  /** Null when there is none: never an error for an id that is merely unknown. */
  find(caller: Caller, blobId: BlobId): Promise<BlobSource | null>
  stat(caller: Caller, blobId: BlobId): Promise<{ readonly size: number }>
  open(
    caller: Caller,
    blobId: BlobId,
    range?: { readonly start: number; readonly end: number },
  ): Promise<AsyncIterable<Uint8Array>>
  /** Which Email, Thread and Mailbox objects a blob is in (RFC 9404 §4.3), by type name; blobs that do not exist are left out. */
  lookup(
    caller: Caller,
    blobIds: readonly BlobId[],
    typeNames: readonly string[],
  ): Promise<ReadonlyMap<BlobId, Readonly<Record<string, readonly string[]>>>>
}

export interface Mail {
  readonly config: MailConfig
  capability(caller: Caller): Promise<MailCapability>

  mailboxes(
    caller: Caller,
    need: { readonly threads: boolean },
  ): Promise<{ readonly state: string; readonly list: readonly Mailbox[] }>
  /** `isConfirmed`: as the mail server has it now (ifInState). */
  mailboxState(caller: Caller, isConfirmed?: boolean): Promise<string>
  /** Of all mailboxes: what may be put where. */
  mailboxRights(caller: Caller): Promise<ReadonlyMap<MailboxId, MailboxRights>>
  /** Of all mailboxes: the mail server's own names. */
  mailboxPaths(caller: Caller): Promise<ReadonlyMap<MailboxId, string>>
  mailboxChanges(caller: Caller, sinceState: string, maxChanges: number | null): Promise<MailboxChangesResult>
  createMailbox(caller: Caller, mailbox: NewMailbox): Promise<MailboxId>
  updateMailbox(caller: Caller, id: MailboxId, change: MailboxUpdate): Promise<void>
  destroyMailbox(caller: Caller, id: MailboxId, removeEmails: boolean): Promise<void>
  /** All ids that match, in order. The state is that of Mailbox. */
  queryMailboxes(
    caller: Caller,
    query: MailboxQuery,
  ): Promise<{ readonly state: string; readonly ids: readonly MailboxId[] }>

  /** `isConfirmed`: as the mail server has it now (ifInState). */
  emailState(caller: Caller, isConfirmed?: boolean): Promise<string>
  emailChanges(caller: Caller, sinceState: string, maxChanges: number | null): Promise<Changes<EmailId>>
  threadChanges(caller: Caller, sinceState: string, maxChanges: number | null): Promise<Changes<ThreadId>>
  threads(
    caller: Caller,
    ids: readonly ThreadId[],
  ): Promise<{ readonly state: string; readonly threads: ReadonlyMap<ThreadId, readonly EmailId[]> }>

  /** Those that exist. */
  emails(
    caller: Caller,
    ids: readonly EmailId[],
    view: EmailView,
  ): Promise<{ readonly state: string; readonly list: readonly EmailObject[] }>
  parseEmails(caller: Caller, blobIds: readonly BlobId[], view: EmailView): Promise<ParsedEmails>
  queryEmails(caller: Caller, query: EmailQuery): Promise<EmailQueryResult>
  queryEmailChanges(
    caller: Caller,
    query: EmailQuery,
    sinceQueryState: string,
    options: { readonly maxChanges: number | null; readonly upToId: EmailId | null },
  ): Promise<EmailQueryChanges>
  snippets(caller: Caller, filter: EmailFilter | null, ids: readonly EmailId[]): Promise<readonly SearchSnippet[]>

  /** Mailboxes and keywords of those that exist: what a patch is applied to. */
  places(caller: Caller, ids: readonly EmailId[]): Promise<ReadonlyMap<EmailId, Omit<EmailPlace, 'receivedAt'>>>
  changeEmails(caller: Caller, changes: readonly EmailChange[]): Promise<Outcomes>
  destroyEmails(caller: Caller, ids: readonly EmailId[]): Promise<Outcomes>
  createEmail(caller: Caller, draft: NewDraft): Promise<CreatedEmail>
  /** `notFound` (detail.blobId), `badInput` (detail.reason) when it is no message. */
  importEmail(caller: Caller, blobId: BlobId, place: EmailPlace): Promise<CreatedEmail>

  readonly blobs: MailBlobs
}
