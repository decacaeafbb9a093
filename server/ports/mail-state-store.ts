// What a mail driver cannot read back from the mail server and must not lose with a node: how an account's ids are made, names that
// ids were given under, long state strings. Small and few: never a row per message, but for moves on servers without message ids.

import type { AccountId } from '#shared/ids.ts'

export type MailStateKind =
  /** One entry: how ids are made. Written once for an account. */
  | 'pin'
  /** Where a mailbox's name is not the one its id was made of: it was renamed. */
  | 'mailbox'
  /** Roles that the mail server cannot keep. */
  | 'role'
  /** Where a message's place is not the one its id was made of: it was moved. */
  | 'email'
  /** State strings too long to be sent, by their hash. Entries of this kind may be dropped after 30 days. */
  | 'state'

export interface MailStateStore {
  get(account: AccountId, kind: MailStateKind, keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  all(account: AccountId, kind: MailStateKind): Promise<ReadonlyMap<string, string>>
  /** The same of all mailboxes at once, in one question: it is asked often. */
  mailboxes(
    account: AccountId,
  ): Promise<{ readonly aliases: ReadonlyMap<string, string>; readonly roles: ReadonlyMap<string, string> }>
  /** Writes over what was there. Keys up to 64 characters, values up to 60,000, both ASCII. Durable, and read by every node, once it resolves. */
  put(account: AccountId, kind: MailStateKind, entries: ReadonlyMap<string, string>): Promise<void>
  /** Writes unless there is a value; returns the one that holds. */
  putFirst(account: AccountId, kind: MailStateKind, key: string, value: string): Promise<string>
}
