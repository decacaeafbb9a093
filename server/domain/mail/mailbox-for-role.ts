// The mailbox that things of one kind go to, made where there is none.

import { isFailure } from '#core/errors.ts'
import type { MailAccount, MailboxRow } from '#ports/mail-store.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { MailboxRole } from '#shared/jmap/mail.ts'

/** By its role, else by its name at the top level; `name` is what it is called when it has to be made. */
export async function mailboxForRole(
  account: MailAccount,
  role: MailboxRole,
  name: string,
  signal: AbortSignal,
): Promise<MailboxId> {
  const find = async () => findMailboxForRole((await account.mailboxes({ threads: false }, signal)).list, role, name)
  const found = await find()
  if (found) return found.id
  try {
    return await account.createMailbox({ name, parentId: null, role, isSubscribed: true }, signal)
  } catch (error) {
    const other = isFailure(error, 'alreadyExists') ? await find() : undefined
    if (!other) throw error
    return other.id
  }
}

export function findMailboxForRole(
  list: readonly MailboxRow[],
  role: MailboxRole,
  name: string,
): MailboxRow | undefined {
  return (
    list.find((mailbox) => mailbox.role === role) ??
    list.find((mailbox) => mailbox.parentId === null && mailbox.name === name)
  )
}
