// How folders look: icons by role, and names in the reader's language for those that every account has.

import {
  Archive,
  CalendarClock,
  Clock,
  FilePen,
  Folder,
  Inbox,
  type LucideIcon,
  Mails,
  OctagonAlert,
  Send,
  Star,
  Trash2,
} from 'lucide-react'
import type { Mailbox, MailboxRole } from '#shared/jmap/mail.ts'
import type { Text } from '../../shell/i18n.ts'

const icons: Partial<Record<MailboxRole, LucideIcon>> = {
  inbox: Inbox,
  flagged: Star,
  important: Star,
  drafts: FilePen,
  sent: Send,
  archive: Archive,
  all: Mails,
  junk: OctagonAlert,
  trash: Trash2,
  scheduled: CalendarClock,
  snoozed: Clock,
}

export function FolderIcon({ role, size = 18 }: { role: Mailbox['role']; size?: number }) {
  const Icon = (role && icons[role]) || Folder
  return <Icon size={size} strokeWidth={1.75} aria-hidden />
}

/** The names from the top of the tree down to the folder: its own alone may not say which it is. */
export function folderPath(mailbox: Mailbox, mailboxes: readonly Mailbox[], t: Text): string[] {
  const names = [folderName(mailbox, t)]
  let parent = mailboxes.find(({ id }) => id === mailbox.parentId)
  for (let depth = 0; parent && depth < 20; depth++) {
    names.unshift(folderName(parent, t))
    const above = parent.parentId
    parent = mailboxes.find(({ id }) => id === above)
  }
  return names
}

export function folderName(mailbox: Pick<Mailbox, 'name' | 'role'>, t: Text): string {
  return mailbox.role && icons[mailbox.role] ? t(`mail:role.${mailbox.role}`) : mailbox.name
}
