// The database as domains see it: a handle that can only read, and transactions on the writer. A domain names its tables
// (`Sql<MailTables>`); SQL stands in its store.ts and nowhere else. Sessions, leases and outbox read in `write` or `readFresh`.

import type { Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Caller } from '#core/caller.ts'

/** What a read or write needs to know of who asks: the position that must be visible, and is advanced by a write. */
export type SqlCaller = Pick<Caller, 'position'>

export interface Sql<Tables> {
  /**
   * A handle on a replica that has reached the caller's position, else on the writer. A position of null is unknown: the writer is
   * read, and the caller gets its position, so that what he reads later is no older.
   */
  read(caller: SqlCaller): ReadonlyKysely<Tables>
  /** A handle on the writer, read only: for sessions, leases and the outbox, which never read a replica. */
  readFresh(): ReadonlyKysely<Tables>
  /**
   * A transaction on the writer; advances the caller's position on commit. `work` may run again after a deadlock or a
   * serialisation failure, so that it must touch nothing but `tx`. Throws `unavailable`, `conflict` (unique key) or what `work` throws.
   */
  write<Result>(caller: SqlCaller, work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result>
}

export interface SqlDatabase {
  /** The same connections, typed for one domain's tables. */
  for<Tables>(): Sql<Tables>
  close(): Promise<void>
}

/** A transaction as a read handle: the same connection, so that it sees what the transaction wrote. */
export function asReader<Tables>(tx: Transaction<Tables>): ReadonlyKysely<Tables> {
  return tx as unknown as ReadonlyKysely<Tables>
}
