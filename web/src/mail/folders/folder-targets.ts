// Where a folder may go: not into itself or what is below it, not where it is, not beside one of its name, and where its rights and those of
// the place allow it. What is said here is offered by the dialog and accepted by the mouse; the server has the last word.

import type { Mailbox } from '#shared/jmap/mail.ts'

/** A folder that somebody may put elsewhere: those with a role stay where every client looks for them. */
export function isMovable(mailbox: Mailbox): boolean {
  return mailbox.role === null && mailbox.myRights?.mayRename !== false
}

/** `parentId` null: the top of the tree. */
export function mayMoveInto(mailbox: Mailbox, parentId: string | null, mailboxes: readonly Mailbox[]): boolean {
  if (!isMovable(mailbox) || mailbox.parentId === parentId) return false
  if (mailboxes.some((other) => other.parentId === parentId && other.name === mailbox.name)) return false
  let above = parentId
  // A tree from a server may have a ring in it: no deeper than it has folders.
  for (let depth = 0; above !== null && depth <= mailboxes.length; depth++) {
    if (above === mailbox.id) return false
    const parent = mailboxes.find(({ id }) => id === above)
    if (!parent || (depth === 0 && parent.myRights?.mayCreateChild === false)) return false
    above = parent.parentId
  }
  return true
}
