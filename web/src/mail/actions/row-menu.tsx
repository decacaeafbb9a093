// The entries of a row's context menu, of «more» in the toolbar, and of the menus that move and label.

import {
  AlarmClock,
  Archive,
  Copy,
  FolderInput,
  Forward,
  Mail,
  MailOpen,
  OctagonAlert,
  Reply,
  ReplyAll,
  ShieldCheck,
  Star,
  Tag,
  Trash2,
} from 'lucide-react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { compose } from '../../shell/composer.ts'
import type { Text } from '../../shell/i18n.ts'
import type { MenuEntry } from '../../ui/menu.tsx'
import { FolderIcon, folderPath } from '../folders/folder-looks.tsx'
import type { Commands, Target } from './commands.ts'
import type { Label } from './labels.ts'

export interface RowMenuDeps {
  readonly t: Text
  readonly commands: Commands
  readonly target: Target
  readonly mailboxes: readonly Mailbox[]
  readonly current: Mailbox | undefined
  readonly labels: readonly Label[]
  /** Labels that the rows have already. */
  readonly hasLabel: (keyword: string) => boolean
  readonly isUnread: boolean
  readonly isFlagged: boolean
  /** The one message to answer, if there is just one row. */
  readonly emailId: string | undefined
  /** Rules made of the one message. */
  readonly filterEntries: readonly MenuEntry[]
  /** What plugins offer. */
  readonly pluginEntries: readonly MenuEntry[]
  readonly onNewLabel: () => void
  readonly onSnooze: () => void
}

export function rowMenu(deps: RowMenuDeps): MenuEntry[] {
  const { t, commands, target, current, emailId, isUnread, isFlagged } = deps
  const run = (name: Parameters<Commands['run']>[0]) => () => commands.run(name, target)
  const answer = (kind: 'reply' | 'replyAll' | 'forward') => () => {
    if (emailId) compose({ kind, emailId })
  }
  return [
    ...(emailId
      ? ([
          {
            id: 'reply',
            label: t('reply'),
            icon: <Reply size={16} aria-hidden />,
            shortcut: 'r',
            onAction: answer('reply'),
          },
          {
            id: 'replyAll',
            label: t('replyAll'),
            icon: <ReplyAll size={16} aria-hidden />,
            shortcut: 'a',
            onAction: answer('replyAll'),
          },
          {
            id: 'forward',
            label: t('forward'),
            icon: <Forward size={16} aria-hidden />,
            shortcut: 'f',
            onAction: answer('forward'),
          },
          { kind: 'separator', id: 'line1' },
        ] satisfies MenuEntry[])
      : []),
    isUnread
      ? {
          id: 'read',
          label: t('markRead'),
          icon: <MailOpen size={16} aria-hidden />,
          shortcut: 'Shift+I',
          onAction: run('read'),
        }
      : {
          id: 'unread',
          label: t('markUnread'),
          icon: <Mail size={16} aria-hidden />,
          shortcut: 'Shift+U',
          onAction: run('unread'),
        },
    isFlagged
      ? {
          id: 'unflag',
          label: t('unflag'),
          icon: <Star size={16} aria-hidden />,
          shortcut: 's',
          onAction: run('unflag'),
        }
      : { id: 'flag', label: t('flag'), icon: <Star size={16} aria-hidden />, shortcut: 's', onAction: run('flag') },
    {
      id: 'snooze',
      label: t('snooze'),
      icon: <AlarmClock size={16} aria-hidden />,
      shortcut: 'b',
      onAction: deps.onSnooze,
    },
    {
      kind: 'submenu',
      id: 'labels',
      label: t('labelAs'),
      icon: <Tag size={16} aria-hidden />,
      entries: labelMenu(deps),
    },
    {
      kind: 'submenu',
      id: 'move',
      label: t('moveTo'),
      icon: <FolderInput size={16} aria-hidden />,
      entries: folderMenu(deps, commands.moveTo),
    },
    {
      kind: 'submenu',
      id: 'copy',
      label: t('copyTo'),
      icon: <Copy size={16} aria-hidden />,
      entries: folderMenu(deps, commands.copyTo),
    },
    ...deps.filterEntries,
    ...deps.pluginEntries,
    { kind: 'separator', id: 'line2' },
    {
      id: 'archive',
      label: t('archive'),
      icon: <Archive size={16} aria-hidden />,
      shortcut: 'e',
      isDisabled: current?.role === 'archive',
      onAction: run('archive'),
    },
    current?.role === 'junk'
      ? {
          id: 'notJunk',
          label: t('notJunk'),
          icon: <ShieldCheck size={16} aria-hidden />,
          shortcut: '!',
          onAction: run('notJunk'),
        }
      : {
          id: 'junk',
          label: t('junk'),
          icon: <OctagonAlert size={16} aria-hidden />,
          shortcut: '!',
          onAction: run('junk'),
        },
    {
      id: 'trash',
      label: t(current?.role === 'trash' ? 'deleteForever' : 'trash'),
      icon: <Trash2 size={16} aria-hidden />,
      shortcut: '#',
      isDangerous: true,
      onAction: run('trash'),
    },
  ]
}

export function folderMenu(
  { t, mailboxes, current, target }: Pick<RowMenuDeps, 't' | 'mailboxes' | 'current' | 'target'>,
  act: (target: Target, mailboxId: string) => void,
): MenuEntry[] {
  return mailboxes
    .filter(({ id, role }) => id !== current?.id && role !== 'drafts' && role !== 'scheduled')
    .map((mailbox) => ({
      id: mailbox.id,
      // «Work / Plans»
      label: folderPath(mailbox, mailboxes, t).join(' / '),
      icon: <FolderIcon role={mailbox.role} size={16} />,
      isDisabled: mailbox.myRights?.mayAddItems === false,
      onAction: () => act(target, mailbox.id),
    }))
}

export function labelMenu({ t, labels, hasLabel, commands, target, onNewLabel }: RowMenuDeps): MenuEntry[] {
  return [
    ...labels.map(
      (label): MenuEntry => ({
        id: label.keyword,
        label: label.name,
        isChecked: hasLabel(label.keyword),
        icon: <Tag size={16} aria-hidden style={{ color: `hsl(${label.hue} 55% var(--hue-ink-l))` }} />,
        onAction: () => commands.label(target, label.keyword, !hasLabel(label.keyword)),
      }),
    ),
    ...(labels.length > 0 ? ([{ kind: 'separator', id: ' line' }] satisfies MenuEntry[]) : []),
    { id: ' new', label: t('newLabel'), onAction: onNewLabel },
  ]
}
