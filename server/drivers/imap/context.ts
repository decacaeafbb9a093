// What the parts of one account's driver share. One per account and node; everything in it can be thrown away and read anew.

import type { Clock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { MailStateStore } from '#ports/mail-state-store.ts'
import type { SnapshotStore } from '#ports/snapshot-store.ts'
import type { AccountId, MailboxId } from '#shared/ids.ts'
import type { AccountIndex } from './account-index.ts'
import type { Pool, PoolAccount } from './engine/pool-types.ts'
import type { Connection } from './engine/types.ts'
import type { MailboxTree, TreeMailbox } from './mailbox-tree.ts'

export interface ImapMailStoreLimits {
  /** All indexes of the node together; the least lately used go first. */
  readonly maxIndexBytes: number
  /** Of one account: list headers, structures and previews already read. */
  readonly maxRowCacheBytes: number
  /** Of one account: result lists kept for queryChanges and the next page. */
  readonly maxQueryCacheBytes: number
  /** A check of what changed on the server is good for so long within one request (one signal) … */
  readonly requestFreshMs: number
  /** … and so long across requests. 0 where other nodes write too: a read then always sees what was written elsewhere before it. */
  readonly sharedFreshMs: number
  /** A smaller mailbox is in the index as soon as its newest messages would be read: no first screen without it. */
  readonly firstScreenFrom: number
  /** Between looks at what the server does not tell by itself, while somebody watches. */
  readonly pollMs: number
  /** An account nobody used for so long leaves the memory (its snapshot stays). */
  readonly idleAccountMs: number
}

export const defaultImapMailStoreLimits: ImapMailStoreLimits = {
  maxIndexBytes: 1024 * 1024 * 1024,
  maxRowCacheBytes: 4 * 1024 * 1024,
  maxQueryCacheBytes: 4 * 1024 * 1024,
  requestFreshMs: 250,
  sharedFreshMs: 0,
  firstScreenFrom: 3000,
  pollMs: 1500,
  idleAccountMs: 10 * 60_000,
}

export interface ImapMailStoreDeps {
  readonly pool: Pool
  readonly state: MailStateStore
  /** Null: every node builds its own index. */
  readonly snapshots: SnapshotStore | null
  readonly log: Log
  readonly clock: Clock
}

/** How ids are made, pinned per account at first sight. */
export type IdTier = 'objectid' | 'gmail' | 'guid' | 'uid'

export interface AccountContext {
  readonly deps: ImapMailStoreDeps
  readonly limits: ImapMailStoreLimits
  readonly account: AccountId
  /** Ends when the account is forgotten or the store closes; bounds work that nobody waits for. */
  readonly signal: AbortSignal
  login: PoolAccount
  index: AccountIndex
  tree: MailboxTree
  tier: IdTier | null
  /** Random, in the states of mailboxes without MODSEQ: their numbers mean something on this node alone. */
  readonly epoch: number
  /** Long states known to be kept, by hash. */
  readonly keptStates: Set<string>
  /** Tells watchers here that something of ours or of another client's was seen. */
  readonly changed: (kind: ChangeKind) => void
}

/** `arrival`: new mail in the inbox (RFC 8621 §1.5: EmailDelivery). */
export type ChangeKind = 'emails' | 'mailboxes' | 'arrival'

export function treeMailbox(ctx: AccountContext, id: MailboxId): TreeMailbox {
  const mailbox = ctx.tree.byId.get(id)
  if (!mailbox) throw new Failure('notFound', { mailbox: id })
  return mailbox
}

/**
 * Runs `work` on a connection that has the mailbox selected, or any with null. What it sees of the mailbox may be old: good for
 * messages known to be there, and for whoever asks NOOP by himself.
 */
export function withMailbox<T>(
  ctx: AccountContext,
  path: string | null,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return ctx.deps.pool.use(ctx.login, { mailbox: path, mayBeStale: true, signal }, work)
}
