// Tells every node that something of an account changed. Lossy is allowed, lying is not: a listener that hears nothing
// for a while must still find everything by state strings. Published after the commit, never inside it.

import type { AccountId } from '#shared/ids.ts'

/** JMAP data type names (RFC 8620 §1.6.1): Email, Mailbox, Thread, EmailSubmission, Identity, … */
export interface AccountChange {
  readonly account: AccountId
  /** Type name to its new state string, or null where the listener has to ask for it. */
  readonly changed: Readonly<Record<string, string | null>>
  /** Some may have been lost before this one: the listener looks at everything. Set by the bus alone. */
  readonly missed?: true
}

export interface ChangeBus {
  /** Never throws: what it tells of has been committed, and is found without it. Listeners of this node hear before it resolves. */
  publish(change: AccountChange): Promise<void>
  /** Returns the way to stop. The listener must not throw. */
  subscribe(account: AccountId, listener: (change: AccountChange) => void): () => void
  close(): Promise<void>
}
