// The entries of a folder's menu.

import {
  Bookmark,
  BookmarkX,
  CheckCheck,
  Eye,
  EyeOff,
  FolderInput,
  FolderPlus,
  Import,
  Pencil,
  Trash2,
} from 'lucide-react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { changeSetting } from '../../settings/account-settings.ts'
import type { Text } from '../../shell/i18n.ts'
import type { MailStore } from '../../store/index.ts'
import type { MenuEntry } from '../../ui/menu.tsx'
import { isMovable } from './folder-targets.ts'
import type { FolderTask } from './folder-tree.tsx'

export interface FolderEntryDeps {
  readonly t: Text
  readonly store: MailStore
  readonly mailbox: Mailbox
  readonly isFavourite: boolean
  readonly onTask: (task: FolderTask) => void
}

export function folderEntries({ t, store, mailbox, isFavourite, onTask }: FolderEntryDeps): MenuEntry[] {
  const rights = mailbox.myRights
  const { isSubscribed } = mailbox
  /** A folder without a role is of the person's own making. */
  const ofOwn = (entries: readonly MenuEntry[]) => (mailbox.role === null ? entries : [])
  return [
    {
      id: 'read',
      label: t('markAllRead'),
      icon: <CheckCheck size={16} aria-hidden />,
      isDisabled: mailbox.unreadEmails === 0,
      onAction: () => store.actions.markAllRead(mailbox.id),
    },
    {
      id: 'import',
      label: t('import'),
      icon: <Import size={16} aria-hidden />,
      isDisabled: rights?.mayAddItems === false,
      onAction: () => void import('./import-messages.ts').then((module) => module.pickMessages(store, mailbox)),
    },
    ...ofOwn([
      {
        id: 'favourite',
        label: t(isFavourite ? 'unfavourite' : 'favourite'),
        icon: isFavourite ? <BookmarkX size={16} aria-hidden /> : <Bookmark size={16} aria-hidden />,
        onAction: () =>
          void changeSetting(store.client, 'folders', {
            favourites: { [mailbox.id]: isFavourite ? null : true },
          }).catch(() => store.undo.push({ text: 'mail:failed', kind: 'error' })),
      },
      {
        id: 'subscribe',
        label: t(isSubscribed ? 'unsubscribeFolder' : 'subscribeFolder'),
        icon: isSubscribed ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />,
        onAction: () => store.actions.subscribeMailbox(mailbox.id, !isSubscribed),
      },
    ]),
    { kind: 'separator', id: 'line1' },
    {
      id: 'create',
      label: t('newSubfolder'),
      icon: <FolderPlus size={16} aria-hidden />,
      isDisabled: rights?.mayCreateChild === false,
      onAction: () => onTask({ kind: 'create', parentId: mailbox.id }),
    },
    ...ofOwn([
      {
        id: 'rename',
        label: t('rename'),
        icon: <Pencil size={16} aria-hidden />,
        isDisabled: rights?.mayRename === false,
        onAction: () => onTask({ kind: 'rename', mailbox }),
      },
      {
        id: 'move',
        label: t('moveFolder'),
        icon: <FolderInput size={16} aria-hidden />,
        isDisabled: !isMovable(mailbox),
        onAction: () => onTask({ kind: 'move', mailbox }),
      },
    ]),
    { kind: 'separator', id: 'line2' },
    {
      id: 'empty',
      label: t('empty'),
      icon: <Trash2 size={16} aria-hidden />,
      isDangerous: true,
      isDisabled: mailbox.totalEmails === 0,
      onAction: () => onTask({ kind: 'empty', mailbox }),
    },
    ...ofOwn([
      {
        id: 'delete',
        label: t('deleteFolder'),
        icon: <Trash2 size={16} aria-hidden />,
        isDangerous: true,
        isDisabled: rights?.mayDelete === false,
        onAction: () => onTask({ kind: 'delete', mailbox }),
      },
    ]),
  ]
}
