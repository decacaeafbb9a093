// Mail as plugins see it: the names and forms of JMAP (RFC 8621), as far as plugins are given them.

export interface Address {
  readonly name: string | null
  readonly email: string
}

export interface Mailbox {
  readonly id: string
  readonly name: string
  readonly parentId: string | null
  /** `inbox`, `archive`, `drafts`, `junk`, `sent`, `trash` …; null for most. */
  readonly role: string | null
  readonly isSubscribed: boolean
}

/** What is known of a message without reading its text. */
export interface EmailSummary {
  readonly id: string
  readonly threadId: string
  readonly mailboxIds: Readonly<Record<string, boolean>>
  /** `$seen`, `$flagged`, `$junk` …, lower case. */
  readonly keywords: Readonly<Record<string, boolean>>
  /** Octets. */
  readonly size: number
  /** RFC 8620 §1.4 UTCDate. */
  readonly receivedAt: string
  readonly messageId: readonly string[] | null
  readonly subject: string | null
  readonly from: readonly Address[] | null
  readonly to: readonly Address[] | null
  readonly cc: readonly Address[] | null
}

/** An Email object as it goes to the client: the properties that it asked for, under their JMAP names. */
export type EmailObject = Readonly<Record<string, unknown>> & { readonly id: string }

/** New mailboxes and keywords of one message. Absent members stay as they are. */
export interface EmailChange {
  readonly id: string
  readonly addMailboxes?: readonly string[]
  readonly removeMailboxes?: readonly string[]
  readonly addKeywords?: readonly string[]
  readonly removeKeywords?: readonly string[]
}

/** Access `mail: "read"`: the mailbox of the person for whom a hook runs, and no other. */
export interface MailReader {
  mailboxes(): Promise<readonly Mailbox[]>
  /** Those that exist, in any order. */
  emails(ids: readonly string[]): Promise<readonly EmailSummary[]>
  /** The raw message as a stream (RFC 5322). */
  raw(id: string): Promise<AsyncIterable<Uint8Array>>
}

/** Access `mail: "write"`. What is done here runs no hooks. */
export interface MailAccess extends MailReader {
  /** Throws when one of them fails. */
  change(changes: readonly EmailChange[]): Promise<void>
  /** The mailbox of that name below that parent, made when there is none; its id. */
  ensureMailbox(name: string, parentId: string | null): Promise<string>
}
