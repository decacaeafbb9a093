// What the store holds and shows. Screens read these through the hooks of index.ts and change them through `actions` alone.

import type { Comparator } from '#shared/jmap/core.ts'
import type { Email, EmailFilter, Mailbox, Thread } from '#shared/jmap/mail.ts'
import type { JmapClient } from '../jmap/client.ts'
import type { TaskBoard } from './tasks.ts'

/** The properties of a message that lists and headers need; bodies are asked for one message at a time (`loadEmailBody`). */
export const emailHeadProperties = [
  'id',
  'blobId',
  'threadId',
  'mailboxIds',
  'keywords',
  'size',
  'receivedAt',
  'from',
  'to',
  'subject',
  'hasAttachment',
  'preview',
] as const satisfies readonly (keyof Email)[]
export type EmailHead = Pick<Email, (typeof emailHeadProperties)[number]>

/** A list of messages that stays true: what is in it, in which order, and whether a conversation is one row. */
export interface QuerySpec {
  readonly filter: EmailFilter
  readonly sort?: readonly Comparator[]
  readonly collapseThreads: boolean
}

export type QueryStatus = 'loading' | 'ready' | 'failed'

/** A window on a query: rows are there or on their way. Positions count over the whole result. */
export interface LiveQuery {
  readonly spec: QuerySpec
  readonly status: QueryStatus
  readonly error: unknown
  /** Rows to show, optimistic changes included; 0 until the first answer. */
  readonly total: number
  /** False: there are more than `total`; how many, the server does not know yet. */
  readonly isTotalKnown: boolean
  /** Changes with every change of the list: a key for memos. */
  readonly version: number
  idAt(position: number): string | undefined
  /** Where the row is, among those that have been read; -1 if not known. */
  positionOf(emailId: string): number
  /** Says which rows are on screen, so that they are fetched and kept true. */
  show(from: number, to: number): void
  /** Ids of all messages of the query (not of rows), read page by page. */
  allEmailIds(signal?: AbortSignal): Promise<string[]>
  retry(): void
  subscribe(listener: () => void): () => void
}

/** One row of a list: a conversation with its messages known so far, or one message. */
export interface Row {
  readonly emailId: string
  readonly threadId: string
  /** The messages that the row stands for, oldest first; just one in a flat list. */
  readonly emails: readonly EmailHead[]
  /** The newest of them that is in the list's folder: what date and subject are shown. */
  readonly latest: EmailHead
}

export type ConnectionState = 'online' | 'reconnecting' | 'offline' | 'signedOut'

/** Something that was done, told with a way back. `text` is a key in strings with its values. */
export interface Notice {
  readonly text: string
  readonly values?: Readonly<Record<string, string | number>>
  readonly kind?: 'info' | 'error'
  /** How to take it back; the toast offers it and `z` calls the newest. */
  readonly undo?: () => void | Promise<void>
  readonly durationMs?: number
  /** A further choice, as «Show». */
  readonly action?: { readonly text: string; readonly run: () => void }
}

export interface MailActions {
  /** `isQuiet`: nobody asked for it (a message was opened), so that nothing is told and nothing offered to undo. */
  setRead(emailIds: readonly string[], isRead: boolean, isQuiet?: boolean): void
  setFlagged(emailIds: readonly string[], isFlagged: boolean): void
  /** Any keyword: a label is one, told with an undo; a `$…` word is set silently. */
  setKeyword(emailIds: readonly string[], keyword: string, isOn: boolean): void
  /** Out of `from` (or out of all folders when not given) into `to`. */
  move(emailIds: readonly string[], to: string, from?: string): void
  copy(emailIds: readonly string[], to: string): void
  archive(emailIds: readonly string[], from?: string): void
  junk(emailIds: readonly string[], from?: string): void
  notJunk(emailIds: readonly string[]): void
  /** To the trash; what is there already is deleted for good (after the undo time). */
  trash(emailIds: readonly string[], from?: string): void
  destroy(emailIds: readonly string[]): void
  /** Out of sight until that time (`shown`: in the reader's words), then back in `from` (or where each was) as if new. */
  snooze(emailIds: readonly string[], time: { readonly until: Date; readonly shown: string }, from?: string): void
  /** Back at once, those that sleep. */
  wake(emailIds: readonly string[]): void
  createMailbox(name: string, parentId: string | null): Promise<string>
  renameMailbox(id: string, name: string): void
  /** With all that is below it; null: to the top of the tree. */
  moveMailbox(id: string, parentId: string | null): void
  /** Whether other clients show it, and we where the person looks (RFC 8621 §2, isSubscribed). */
  subscribeMailbox(id: string, isSubscribed: boolean): void
  deleteMailbox(id: string): void
  /** Deletes all messages of a folder for good (after the undo time). */
  emptyMailbox(id: string): void
  markAllRead(mailboxId: string): void
}

export interface MailStore {
  readonly accountId: string
  readonly client: JmapClient
  readonly actions: MailActions
  readonly undo: UndoStack
  readonly tasks: TaskBoard
  email(id: string): EmailHead | undefined
  thread(id: string): Thread | undefined
  mailbox(id: string): Mailbox | undefined
  /** All folders: roles first, then by name; children follow their parent. */
  mailboxes(): readonly Mailbox[]
  mailboxByRole(role: Mailbox['role']): Mailbox | undefined
  query(spec: QuerySpec): LiveQuery
  row(emailId: string, query: QuerySpec): Row | undefined
  /** Fetches what is not held; resolves when all that exist are. */
  loadThread(threadId: string): Promise<Thread | undefined>
  loadEmails(ids: readonly string[]): Promise<void>
  /** Asks the server what changed since: after a push, a reconnect, or a change that a screen made by itself. */
  refresh(): Promise<void>
  subscribeEmail(id: string, listener: () => void): () => void
  subscribeThread(id: string, listener: () => void): () => void
  subscribeMailboxes(listener: () => void): () => void
  connection(): ConnectionState
  subscribeConnection(listener: () => void): () => void
  /** Sends what waits for its undo time now: on sign-out and when the page goes away. */
  flush(): Promise<void>
  /** The server said that these states are new (RFC 8620 §7.1). */
  pushed(states: Readonly<Record<string, string>>): void
  /** Pushes may have been missed. */
  resumed(): void
  /** For records that are not kept here: told of every push, with null when some may have been missed. */
  subscribePushed(listener: (states: Readonly<Record<string, string>> | null) => void): () => void
}

export interface UndoStack {
  push(notice: Notice): void
  /** Takes the newest back; false if there is nothing. */
  undoLast(): boolean
  subscribe(listener: (notice: Notice) => void): () => void
  /** Told of each notice that was taken back. */
  subscribeUndone(listener: (notice: Notice) => void): () => void
}
