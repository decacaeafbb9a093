// The pool as the store sees it: connections of all accounts, lent for a piece of work, bounded, repaired when they drop.

import type { MailCredential } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { MailServer } from '#ports/mail-store.ts'
import type { BodyRequest, BodyStream, Connection, ConnectionEvent, ConnectionLimits, Features } from './types.ts'

export interface PoolLimits {
  readonly maxPerAccount: number
  readonly maxPerNode: number
  /** A connection unused for so long is closed. */
  readonly idleCloseMs: number
  /** Waiting for a connection; then `timeout`. */
  readonly acquireTimeoutMs: number
  /** After a refused or failed connect of an account, the next tries wait (full jitter) between these. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
}

/** Everything that decides whether two users of the pool may share connections; `key` is the account id. */
export interface PoolAccount {
  readonly key: string
  readonly server: MailServer
  readonly credential: MailCredential
}

export interface Need {
  /** The mailbox to have selected; null: any state will do (LIST, STATUS, APPEND …). */
  readonly mailbox: string | null
  /** EXAMINE is enough. Default false: SELECT. */
  readonly isReadOnly?: boolean
  /**
   * True: nobody else works on the connection meanwhile (streamed bodies, NOTIFY, commands by sequence number). Default false: others
   * that want the same mailbox may pipeline on it when no connection is free.
   */
  readonly isExclusive?: boolean
  /**
   * True: what the connection last saw of the mailbox is good enough (rows known to be there). Default false: a connection that had it
   * selected is brought up to date by a NOOP before.
   */
  readonly mayBeStale?: boolean
  readonly signal: AbortSignal
}

export interface Pool {
  /**
   * Runs `work` on a connection with the mailbox selected (preferring one that has it). If the connection drops, `work` runs again
   * on a new one, as long as no command with effect `change` had been written in it; else the failure says `isUncertain`. So `work`
   * must start anew each time. notFound: the mailbox is not there. A selected mailbox that was deleted meanwhile is selected anew.
   */
  use<T>(account: PoolAccount, need: Need, work: (connection: Connection) => Promise<T>): Promise<T>
  /**
   * A connection kept for watching until released: it does not count as used, others that want the same mailbox may work on it.
   * `wanted` aborts when somebody waits for a connection and only this one could be given up: release it, or keep it and let them wait.
   */
  hold(account: PoolAccount, need: Need): Promise<Hold>
  /**
   * A body as a stream on a connection of its own until it is read or left. A dropped connection is replaced in the middle of it: the
   * rest is asked for by range, if the mailbox is still the same (UIDVALIDITY), else the stream ends in `unavailable`.
   */
  body(
    account: PoolAccount,
    need: Omit<Need, 'isExclusive'> & { mailbox: string },
    request: BodyRequest,
  ): Promise<BodyStream>
  /** Opens a connection to prove the credential, and keeps it for the account. */
  verify(account: PoolAccount, signal: AbortSignal): Promise<void>
  /** Hears all events of all connections of the account (for the index). */
  listen(account: PoolAccount, listener: (event: ConnectionEvent, connection: Connection) => void): () => void
  /** Features of the account as last seen, or null before the first connection. */
  features(accountKey: string): Features | null
  stats(): { readonly open: number; readonly inUse: number; readonly waiting: number }
  /** Closes the account's connections; those in use when they are done. */
  forget(accountKey: string): Promise<void>
  close(): Promise<void>
}

export interface Hold {
  readonly connection: Connection
  readonly wanted: AbortSignal
  release(): void
}

/** pool.ts */
export type OpenPool = (
  deps: {
    readonly log: Log
    readonly clock: Clock
    readonly disable?: readonly string[]
    readonly compress?: boolean
    readonly masterSeparator?: string | null
    readonly ca?: string
    /** [ALERT] of a connection that is signed in. */
    readonly onAlert?: (account: PoolAccount, text: string) => void
  },
  limits: { readonly connection: ConnectionLimits; readonly pool: PoolLimits },
) => Pool
