// The engine as the store sees it: connections that pipeline, and typed commands over them. The pool is in pool-types.ts.
// It knows IMAP and nothing of JMAP: no ids of ours, no index, no rule about mail.
//
// Names of mailboxes are Unicode strings here; the engine encodes them (modified UTF-7, or UTF-8 after ENABLE UTF8=ACCEPT).
// Failures (core/errors.ts) leave the engine already translated: badCredentials, unavailable, untrustedServer, tooManyConnections,
// timeout, overQuota, notFound, alreadyExists, forbidden, tooLarge, hasChildren, unsupported, badInput, canceled. `detail.server` has the
// server's words. `detail.isUncertain` is true where a command that changes something was sent and its fate never heard.

import type { MailCredential } from '#core/caller.ts'
import type { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Untagged } from '#formats/imap/parse-response.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type {
  FetchRow,
  ListRow,
  MetadataRow,
  Modseq,
  Namespaces,
  NumberRange,
  NumberSet,
  QuotaRow,
  ResponseCode,
  SearchKey,
  SortKey,
  StatusRow,
  ThreadNode,
} from '#formats/imap/types.ts'
import type { MailServer } from '#ports/mail-store.ts'

// ── Connections ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ConnectionOptions {
  readonly server: MailServer
  readonly credential: MailCredential
  readonly limits: ConnectionLimits
  readonly log: Log
  /** Capabilities to act as if the server had not offered (upper case; `X-GUID` and `INTHREAD` too): for servers that lie, and for tests. */
  readonly disable?: readonly string[]
  /** COMPRESS=DEFLATE where offered: for slow links; costs about 100 KB a connection. */
  readonly compress?: boolean
  /** Where a master user signs in as `user*master` by LOGIN; null: SASL PLAIN with authzid. */
  readonly masterSeparator?: string | null
  /** More CAs to trust, PEM. */
  readonly ca?: string
  /** What probeGuid found on another connection of the account. */
  readonly isGuidKnown?: boolean
  /** [ALERT] (RFC 9051 §7.1) once it is signed in; before that, the last one is in the failure's detail. */
  readonly onAlert?: (text: string) => void
}

export interface ConnectionLimits {
  readonly connectTimeoutMs: number
  /** Sign-in as a whole, which some servers delay after failures. */
  readonly loginTimeoutMs: number
  /** Without one octet from the server while a command waits. Searches without an index take a minute. */
  readonly commandTimeoutMs: number
  /** After so much of that silence, then after twice as much, a connection of its own asks whether the server is there. */
  readonly suspectAfterMs: number
  /** For that connection to stand: a kernel answers for a busy server too. Then the path is lost for everybody (reach-server.ts). */
  readonly pathTimeoutMs: number
  /** For its greeting; then what waits fails without waiting longer. */
  readonly reachTimeoutMs: number
  /** How long a server that refuses connections is waited for: it restarts, or another one takes over its address. */
  readonly restartMs: number
  /** How long a reader of a streamed body may leave the connection standing. */
  readonly stalledReaderTimeoutMs: number
  /** Of one response without its streamed literals. */
  readonly maxResponseBytes: number
  /** Commands written and not answered. */
  readonly maxPipelined: number
}

/** What the server can do, as decided in capabilities.ts: offered, not disabled, and usable by us. */
export interface Features {
  readonly condstore: boolean
  readonly qresync: boolean
  readonly esearch: boolean
  /** ESEARCH's PARTIAL for SEARCH (RFC 5267 CONTEXT=SEARCH, or RFC 9394). */
  readonly searchPartial: boolean
  readonly sort: boolean
  readonly sortDisplay: boolean
  /** SORT RETURN (COUNT, ALL …), RFC 5267. */
  readonly esort: boolean
  /** PARTIAL for SORT (CONTEXT=SORT, or Dovecot's ESORT with CONTEXT=SEARCH). */
  readonly sortPartial: boolean
  /** The best threading algorithm offered. */
  readonly thread: 'REFS' | 'REFERENCES' | 'ORDEREDSUBJECT' | null
  readonly listExtended: boolean
  readonly listStatus: boolean
  readonly specialUse: boolean
  readonly createSpecialUse: boolean
  readonly statusSize: boolean
  readonly move: boolean
  readonly uidPlus: boolean
  readonly unselect: boolean
  readonly notify: boolean
  readonly idle: boolean
  readonly preview: boolean
  readonly binary: boolean
  readonly objectId: boolean
  readonly gmail: boolean
  /** X-GUID: 'unknown' until probeGuid has asked. */
  readonly guid: boolean | 'unknown'
  /** SEARCH INTHREAD of Dovecot: unadvertised, follows guid. */
  readonly inThread: boolean | 'unknown'
  readonly within: boolean
  readonly namespace: boolean
  readonly metadata: boolean
  readonly quota: boolean
  readonly acl: boolean
  readonly literalPlus: boolean
  readonly literalMinus: boolean
  readonly utf8Accept: boolean
  readonly id: boolean
  readonly compress: boolean
  /** APPENDLIMIT=n (RFC 7889): octets; null when not told or told per mailbox. */
  readonly appendLimit: number | null
}

/** The selected mailbox, kept true by what the server says. Read it anew after each await. */
export interface SelectedMailbox {
  readonly name: string
  readonly isReadOnly: boolean
  readonly uidValidity: number
  /** 0 when the server does not tell. Not advanced by EXISTS. */
  readonly uidNext: number
  readonly exists: number
  /** Null without CONDSTORE, or where the mailbox has none (NOMODSEQ). Advanced by tagged HIGHESTMODSEQ codes. */
  readonly highestModseq: Modseq | null
  readonly flags: readonly string[]
  /** `\*` among them: keywords can be made. */
  readonly permanentFlags: readonly string[]
  /** MAILBOXID (RFC 8474), where told. */
  readonly mailboxId: string | null
}

/** What the server said unasked, or as a side effect. Listeners must not throw and must not wait. */
export type ConnectionEvent =
  | { readonly kind: 'exists'; readonly mailbox: string; readonly count: number }
  | { readonly kind: 'expunge'; readonly mailbox: string; readonly seq: number }
  | { readonly kind: 'vanished'; readonly mailbox: string; readonly uids: NumberSet }
  /** A change of flags that no command of ours asked for; `uid` may be 0. */
  | { readonly kind: 'fetch'; readonly mailbox: string; readonly row: FetchRow }
  | { readonly kind: 'status'; readonly row: StatusRow }
  /** By NOTIFY: a mailbox came, went, was renamed (oldName), was (un)subscribed. */
  | { readonly kind: 'list'; readonly row: ListRow }
  | { readonly kind: 'alert'; readonly text: string }
  /** NOTIFY gave up (RFC 5465 §5.8 NOTIFICATIONOVERFLOW): poll, or set it anew. */
  | { readonly kind: 'overflow' }
  | { readonly kind: 'closed'; readonly failure: Failure }

export type ConnectionListener = (event: ConnectionEvent) => void

export interface Connection {
  readonly features: Features
  /** Raw capability names, upper case, for the log and what Features does not know. */
  readonly capabilities: ReadonlySet<string>
  readonly selected: SelectedMailbox | null
  /** False from the moment BYE, an error or a broken protocol made it useless. */
  readonly isOpen: boolean
  /** Commands that were written or wait to be. */
  readonly pending: number
  /** Whoever joins would wait: several commands are under way, or one over a whole mailbox. */
  readonly isBusy: boolean
  /** Octets in and out, commands: for metrics and the benchmark's ratchet. */
  readonly counts: { readonly bytesIn: number; readonly bytesOut: number; readonly commands: number }
  /** The signed-in user's ID answer (RFC 2971), keys lower case; empty when not offered. */
  readonly serverId: ReadonlyMap<string, string>
  /**
   * Sends a command behind those already sent (pipelined), resolves with its tagged OK. A NO or BAD rejects with its Failure.
   * An aborted signal rejects at once with `canceled`; the answer is read and dropped, the connection lives.
   */
  run<T>(command: Command<T>, signal?: AbortSignal): Promise<T>
  listen(listener: ConnectionListener): () => void
  /**
   * While on, the connection stays in IDLE (RFC 2177) whenever no command is under way, renews it before 29 minutes, and leaves it
   * (DONE and the command in one packet) for each command. Without IDLE it sends NOOP every `pollMs`.
   */
  setIdle(on: boolean, pollMs?: number): void
  /** LOGOUT, then the end of the socket; never throws. */
  close(): Promise<void>
  /** At once, without a word. Everything pending rejects with the failure. */
  destroy(failure: Failure): void
}

/** A command as a value: made by the functions below, or by the store for what they lack. */
export interface Command<T> {
  /** For the log and the benchmark: `UID FETCH`. */
  readonly name: string
  /** What goes over the wire after the tag. Parts make injection impossible: see formats/imap/serialize.ts. */
  readonly parts: readonly Part[]
  /**
   * `read`: may be repeated on another connection. `change`: may not, once written. `session`: changes this connection's own state
   * (SELECT, ENABLE, LOGIN …) and is never pipelined with what depends on it unless the caller knows.
   */
  readonly effect: 'read' | 'change' | 'session'
  /** Uses or returns message sequence numbers: runs alone (RFC 9051 §5.5). */
  readonly usesSequence?: boolean
  /** Untagged data that bears no tag: two commands that bring forth the same are never in flight together. */
  readonly yields?: Yield
  /** Made for each run: collects the untagged data that this command claims, and makes the result. */
  readonly start: (tag: string) => CommandRun<T>
}

/** The same kind, and (where both name them) a UID in common: their data could not be told apart. */
export interface Yield {
  readonly kind: string
  readonly uids?: NumberSet | '1:*'
}

export interface CommandRun<T> {
  /** True: it was this command's. False: it goes to the next in flight, in the end to the listeners. Must not throw. */
  untagged?(response: Untagged): boolean
  /** Asked before a literal is read in a response; a sink gets its octets instead of the row. */
  literal?(head: Buffer, size: number): LiteralSink | null
  /** The answer to `+` beyond literals (SASL); null: nothing to say, the `+` is ignored. */
  continuation?(text: string): Buffer | null
  /** The tagged OK. Runs before anything that follows it is looked at: state may be changed here. */
  done(reply: Reply, state: ConnectionState): T
  /** The tagged NO or BAD: the failure to reject with, else the usual translation. */
  refused?(reply: Reply, state: ConnectionState): Failure | null
  /** It failed, was given up, or the connection is gone. After it `untagged` still claims, but tells nobody. */
  lost?(failure: Failure): void
}

export interface Reply {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code: ResponseCode | null
  readonly text: string
}

/** The part of a connection that commands may change. */
export interface ConnectionState {
  selected: Writable<SelectedMailbox> | null
  features: Features
  /** After STARTTLS and COMPRESS: not one octet more may come before the stream is replaced. */
  isAwaitingUpgrade: boolean
}
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Takes a literal as it arrives. False from `write`: stop until `onDrain`'s function is called. */
export interface LiteralSink {
  write(chunk: Buffer): boolean
  end(): void
  onDrain(resume: () => void): void
}

/** open-connection.ts: connects, secures, signs in, enables CONDSTORE/QRESYNC/UTF8=ACCEPT, reads NAMESPACE-free state. `signal` bounds the opening alone. */
export type OpenConnection = (options: ConnectionOptions, signal: AbortSignal) => Promise<Connection>

// ── Commands: functions of engine/commands/*.ts ────────────────────────────────────────────────────────────────────

export interface MailboxInfo extends ListRow {
  readonly isSubscribed: boolean
  /** Null where not asked, `\Noselect`, or refused. */
  readonly status: StatusRow | null
}

export interface SelectOptions {
  readonly isReadOnly?: boolean
  /** RFC 7162 §3.2.5; ignored without QRESYNC. What it brings goes to `onRow` and into `vanished`. */
  readonly qresync?: { readonly uidValidity: number; readonly modseq: Modseq; readonly knownUids?: NumberSet }
  readonly onRow?: (row: FetchRow) => void
}

export interface SelectResult {
  readonly mailbox: SelectedMailbox
  /** VANISHED (EARLIER) of QRESYNC. */
  readonly vanished: NumberSet
}

export interface FetchItems {
  readonly flags?: boolean
  readonly internalDate?: boolean
  readonly size?: boolean
  readonly modseq?: boolean
  /** EMAILID THREADID. */
  readonly objectId?: boolean
  /** X-GM-MSGID X-GM-THRID. */
  readonly gmail?: boolean
  /** X-GUID. */
  readonly guid?: boolean
  readonly preview?: boolean
  readonly structure?: boolean
  /** BODY.PEEK[HEADER.FIELDS (…)]. */
  readonly headers?: readonly string[]
  /** BODY.PEEK[section], buffered within maxResponseBytes: for small things. */
  readonly sections?: readonly string[]
  /** Only so many first octets of each section. */
  readonly sectionBytes?: number
}

export interface FetchRequest {
  /** UIDs; `'1:*'` for all. UID is always asked for. */
  readonly uids?: NumberSet | '1:*'
  /** By sequence number instead (runs alone): the newest n are `[[exists - n + 1, exists]]`. */
  readonly seqs?: NumberSet | '1:*'
  readonly items: FetchItems
  /** Only what changed after it (RFC 7162 §3.1.4.1); needs CONDSTORE. */
  readonly changedSince?: Modseq
  /** With changedSince and QRESYNC: also the UIDs that are gone. */
  readonly vanished?: boolean
}

export interface BodyRequest {
  readonly uid: number
  /** '' = whole message, `1.2`, `1.2.MIME`, `HEADER`. */
  readonly section: string
  /** Octets [start, end). */
  readonly range?: { readonly start: number; readonly end: number }
  /** Decoded by the server (RFC 3516); needs the feature. */
  readonly isBinary?: boolean
}

export interface BodyStream {
  /** Octets that follow. */
  readonly size: number
  /** Read once. Leaving it early drains what is small, else drops the connection. */
  readonly body: AsyncIterable<Buffer>
  /** The command has ended, well or not: the connection is free. Never rejects. */
  readonly done: Promise<void>
}

export interface StoreRequest {
  readonly uids: NumberSet
  readonly mode: 'add' | 'remove' | 'replace'
  readonly flags: readonly string[]
  /** RFC 7162 §3.1.3; needs CONDSTORE. */
  readonly unchangedSince?: Modseq
}

export interface StoreResult {
  /** UIDs not changed because their modseq was newer (MODIFIED). */
  readonly modified: NumberSet
  /** New modseqs where the server told them (CONDSTORE, even with .SILENT). */
  readonly modseqs: ReadonlyMap<number, Modseq>
}

/** COPYUID: `from[i]` became `to[i]`. Null where the server does not tell (no UIDPLUS), or nothing was copied. */
export interface CopiedUids {
  readonly uidValidity: number
  readonly from: Uint32Array
  readonly to: Uint32Array
}

export interface MoveResult {
  readonly copied: CopiedUids | null
  /** How: MOVE is atomic per message; the others may leave a copy behind if cut. */
  readonly by: 'move' | 'copy-expunge'
}

export interface NewMessage {
  readonly flags: readonly string[]
  readonly internalDate: number | null
  readonly size: number
  readonly source: AsyncIterable<Uint8Array>
}

export interface AppendedUid {
  readonly uidValidity: number
  readonly uid: number
}

export interface SearchRequest {
  readonly criteria: SearchKey
  /** Wanted beside the ids; `ids: false` asks for the count (min, max) alone. Default true. */
  readonly ids?: boolean
  /** Positions [first, last] from 1 of the result (PARTIAL), done by us where the server cannot. */
  readonly partial?: NumberRange
}

export interface SearchResult {
  /** Total matches. */
  readonly count: number
  /** UIDs: ascending for search, in order for sort; the window when `partial` was asked; empty with `ids: false`. */
  readonly uids: Uint32Array
  readonly modseq: Modseq | null
}

export interface NotifyRequest {
  /** Events of the selected mailbox with what FETCH items of new messages. */
  readonly selected?: boolean
  /** STATUS lines for all personal mailboxes, LIST lines for their coming and going. */
  readonly personal?: boolean
}

/**
 * Each is exported under that name: `import { fetchRows } from './engine/commands/fetch.ts'`. All work on the connection's selected mailbox
 * unless they name one. Several may be started without awaiting: they are pipelined.
 */
export interface Commands {
  // commands/mailboxes.ts
  /**
   * All mailboxes with subscription, special use and (where asked) STATUS: one LIST … RETURN round trip (RFC 5258, 5819, 6154), else
   * LIST, LSUB and pipelined STATUS.
   */
  listMailboxes(
    connection: Connection,
    request: { readonly pattern?: string; readonly status?: boolean },
  ): Promise<readonly MailboxInfo[]>
  statusOf(connection: Connection, mailbox: string): Promise<StatusRow>
  namespaces(connection: Connection): Promise<Namespaces>
  /** alreadyExists, forbidden, overQuota. `specialUse` (`\Sent`) needs the feature, is left out without. */
  createMailbox(connection: Connection, name: string, specialUse?: string): Promise<{ mailboxId: string | null }>
  deleteMailbox(connection: Connection, name: string): Promise<void>
  renameMailbox(connection: Connection, from: string, to: string): Promise<void>
  setSubscribed(connection: Connection, name: string, isSubscribed: boolean): Promise<void>

  // commands/select.ts
  selectMailbox(connection: Connection, name: string, options?: SelectOptions): Promise<SelectResult>
  /** UNSELECT, or EXAMINE of a mailbox that is not there: never CLOSE, which expunges. */
  unselect(connection: Connection): Promise<void>
  noop(connection: Connection): Promise<void>
  enableNotify(connection: Connection, request: NotifyRequest): Promise<void>

  // commands/fetch.ts
  /** Rows as they come; only those with all that was asked (others are events). A repeat by the pool starts again at the first. */
  fetchRows(
    connection: Connection,
    request: FetchRequest,
    onRow: (row: FetchRow) => void,
    signal?: AbortSignal,
  ): Promise<{ readonly vanished: NumberSet }>
  /** notFound when the message or section is not there. The connection is busy until the body is read. */
  fetchBody(connection: Connection, request: BodyRequest, signal?: AbortSignal): Promise<BodyStream>
  /**
   * BINARY.SIZE (RFC 3516 §4.3) of parts, as the server tells it. Sections are missing that it did not tell or could not decode;
   * all are without the feature.
   */
  fetchBinarySizes(
    connection: Connection,
    request: { readonly uid: number; readonly sections: readonly string[] },
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, number>>
  /** Whether FETCH X-GUID works (needs a selected mailbox); remembered in features. */
  probeGuid(connection: Connection): Promise<boolean>

  // commands/change.ts
  storeFlags(connection: Connection, request: StoreRequest): Promise<StoreResult>
  copyMessages(connection: Connection, uids: NumberSet, to: string): Promise<CopiedUids | null>
  /** MOVE, else COPY + \Deleted + expungeMessages. */
  moveMessages(connection: Connection, uids: NumberSet, to: string): Promise<MoveResult>
  /** Exactly these: UID EXPUNGE, else other \Deleted messages are spared by taking and giving back their flag. */
  expungeMessages(connection: Connection, uids: NumberSet): Promise<void>

  // commands/append.ts
  /** overQuota, tooLarge, notFound (TRYCREATE); badInput when the source gives other than `size` octets (connection dropped). */
  appendMessage(connection: Connection, mailbox: string, message: NewMessage): Promise<AppendedUid | null>

  // commands/search.ts
  searchMessages(connection: Connection, request: SearchRequest, signal?: AbortSignal): Promise<SearchResult>
  /** `unsupported` without SORT: sort in the index. */
  sortMessages(
    connection: Connection,
    request: SearchRequest & { readonly sort: readonly SortKey[] },
    signal?: AbortSignal,
  ): Promise<SearchResult>
  /** `unsupported` without THREAD. */
  threadMessages(connection: Connection, criteria: SearchKey, signal?: AbortSignal): Promise<readonly ThreadNode[]>

  // commands/rights.ts
  quotaOf(connection: Connection, mailbox: string): Promise<readonly QuotaRow[]>
  /** RFC 4314 §3.8: the letters; null without ACL. */
  myRights(connection: Connection, mailbox: string): Promise<string | null>
  aclOf(connection: Connection, mailbox: string): Promise<ReadonlyMap<string, string>>
  metadataOf(connection: Connection, mailbox: string, entries: readonly string[]): Promise<MetadataRow>
}
