// The words of snoozing.

import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import type { ObjectChanges } from '#domain/changes/index.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { OpenMail } from '#ports/mail-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { EmailId, MailboxId } from '#shared/ids.ts'
import type { Snooze } from '#shared/jmap/settings.ts'
import type { SnoozeTables } from './tables.ts'

/** The places where a process may die in a return, in their order. */
export type SnoozeStep = 'rowWritten' | 'asleep' | 'claimed' | 'copied' | 'removed'

export interface SnoozeDeps {
  readonly sql: Sql<SnoozeTables>
  readonly openMail: OpenMail
  readonly ring: KeyRing
  readonly bus: ChangeBus
  readonly clock: Clock
  readonly log: Log
  readonly config: SnoozeConfig
  /** Told when a row is due earlier than known: wakes this node's worker. */
  readonly wake?: (at: number) => void
  /** For the test that kills a process at each step. */
  readonly onStep?: (step: SnoozeStep) => Promise<void> | void
}

export interface SnoozeConfig {
  readonly maxPerAccount: number
  /** How far ahead a message may be put. */
  readonly maxAheadMs: number
  readonly leaseMs: number
  readonly backoff: { readonly baseMs: number; readonly maxMs: number }
}

export interface NewSnooze {
  readonly emailId: EmailId
  /** ms. */
  readonly until: number
  /** Where it returns to; null: the mailbox that it is in. */
  readonly mailboxId: MailboxId | null
}

export interface Snoozes {
  readonly config: Pick<SnoozeConfig, 'maxPerAccount' | 'maxAheadMs'>
  list(
    caller: Caller,
    ids: readonly string[] | null,
  ): Promise<{ readonly state: string; readonly list: readonly Snooze[] }>
  state(caller: Caller): Promise<string>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  /**
   * Puts the message to sleep; one that sleeps already gets the new time. badInput (no such message or mailbox, `until` past or too far ahead,
   * with `detail.properties`), overQuota, unavailable.
   */
  create(caller: Caller, wish: NewSnooze): Promise<Snooze>
  /** notFound, badInput as above. */
  change(caller: Caller, id: string, until: number): Promise<void>
  /** Puts the message back at once, as it is. notFound. */
  destroy(caller: Caller, id: string): Promise<void>
  /** The worker's: puts back what is due, on whichever node. */
  returnDue(signal: AbortSignal): Promise<number>
  /** When there will be something to do, ms; null when there will not. */
  nextDue(): Promise<number | null>
}
