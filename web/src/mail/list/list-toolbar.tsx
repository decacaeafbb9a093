// Above the list: what it is and how much is in it, or, while rows are chosen, what can be done to them.

import {
  AlarmClock,
  Archive,
  ArrowLeft,
  FolderInput,
  Mail,
  MailOpen,
  Menu as MenuIcon,
  Minus,
  MoreHorizontal,
  OctagonAlert,
  RefreshCw,
  ShieldCheck,
  Trash2,
  X,
} from 'lucide-react'
import { useText } from '../../shell/i18n.ts'
import { setPreferences, usePreferences } from '../../shell/preferences.ts'
import type { LiveQuery } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { MenuButton } from '../../ui/lazy-menu.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import type { CommandName } from '../actions/commands.ts'
import styles from './list-toolbar.module.css'
import type { Selection } from './selection.ts'

export interface ListToolbarProps {
  readonly title: string
  readonly query: LiveQuery | undefined
  readonly role: string | null
  readonly unread: number
  readonly isSearch: boolean
  readonly selection: Selection
  readonly onCommand: (name: CommandName) => void
  readonly moveEntries: () => readonly MenuEntry[]
  readonly moreEntries: () => readonly MenuEntry[]
  readonly onSelectShown: () => void
  readonly onSnooze: () => void
  readonly onSelectAll: () => void
  readonly onSelectNone: () => void
  readonly onFolders: () => void
  readonly onRefresh: () => void
  readonly onLeaveSearch: () => void
}

export function ListToolbar(props: ListToolbarProps) {
  const { selection } = props
  return selection.ids.size > 0 || selection.isAll ? <SelectionBar {...props} /> : <FolderBar {...props} />
}

function FolderBar({
  title,
  query,
  unread,
  isSearch,
  onFolders,
  onRefresh,
  onSelectShown,
  onLeaveSearch,
}: ListToolbarProps) {
  const t = useText('mail')
  const { view } = usePreferences()
  const total = query?.total ?? 0
  return (
    <div className={styles.bar}>
      {isSearch ? (
        <IconButton
          label={t('leaveSearch')}
          icon={<ArrowLeft size={18} aria-hidden />}
          onPress={onLeaveSearch}
          className={styles.back ?? ''}
        />
      ) : (
        <IconButton
          label={t('folders')}
          icon={<MenuIcon size={20} aria-hidden />}
          onPress={onFolders}
          className={styles.folders ?? ''}
        />
      )}
      <div className={styles.words}>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.count}>
          {!isSearch && unread > 0
            ? t('unread', { count: unread })
            : query?.isTotalKnown === false
              ? '\u00a0'
              : t(isSearch ? 'found' : 'messages', { count: total })}
        </p>
      </div>
      <IconButton size="small" label={t('refresh')} icon={<RefreshCw size={16} aria-hidden />} onPress={onRefresh} />
      <MenuButton
        size="small"
        label={t('listMenu')}
        icon={<MoreHorizontal size={18} aria-hidden />}
        placement="bottom end"
        entries={() => [
          { id: 'select', label: t('selectShown'), shortcut: '* a', isDisabled: total === 0, onAction: onSelectShown },
          { kind: 'separator', id: 'line' },
          {
            kind: 'section',
            id: 'view',
            label: t('view'),
            entries: (['conversations', 'messages'] as const).map((id) => ({
              id,
              label: t(`views.${id}`),
              isChecked: view === id,
              onAction: () => setPreferences({ view: id }),
            })),
          },
        ]}
      />
    </div>
  )
}

function SelectionBar(props: ListToolbarProps) {
  const t = useText('mail')
  const { selection, query, role, onCommand } = props
  const total = query?.total ?? 0
  const count = selection.isAll ? total : selection.ids.size
  const mayOfferAll = !selection.isAll && query?.isTotalKnown === true && count < total && count > 1
  return (
    <>
      <div className={styles.bar} data-selecting role="toolbar" aria-label={t('selected', { count })}>
        <IconButton
          size="small"
          label={t('selectNone')}
          icon={selection.isAll ? <Minus size={18} aria-hidden /> : <X size={18} aria-hidden />}
          onPress={props.onSelectNone}
        />
        <h1 className="visually-hidden">{props.title}</h1>
        <p className={styles.selected} role="status">
          {t('selected', { count })}
        </p>
        <span className={styles.space} />
        {role === 'archive' ? null : (
          <IconButton
            size="small"
            label={t('archive')}
            shortcut="e"
            icon={<Archive size={18} aria-hidden />}
            onPress={() => onCommand('archive')}
          />
        )}
        {role === 'junk' ? (
          <IconButton
            size="small"
            label={t('notJunk')}
            shortcut="!"
            icon={<ShieldCheck size={18} aria-hidden />}
            onPress={() => onCommand('notJunk')}
          />
        ) : (
          <IconButton
            size="small"
            label={t('junk')}
            shortcut="!"
            icon={<OctagonAlert size={18} aria-hidden />}
            onPress={() => onCommand('junk')}
            className={styles.spare ?? ''}
          />
        )}
        <IconButton
          size="small"
          label={t(role === 'trash' ? 'deleteForever' : 'trash')}
          shortcut="#"
          icon={<Trash2 size={18} aria-hidden />}
          onPress={() => onCommand('trash')}
        />
        <IconButton
          size="small"
          label={t('markRead')}
          shortcut="Shift+I"
          icon={<MailOpen size={18} aria-hidden />}
          onPress={() => onCommand('read')}
        />
        <IconButton
          size="small"
          label={t('markUnread')}
          shortcut="Shift+U"
          icon={<Mail size={18} aria-hidden />}
          onPress={() => onCommand('unread')}
          className={styles.spare ?? ''}
        />
        <IconButton
          size="small"
          label={t('snooze')}
          shortcut="b"
          icon={<AlarmClock size={18} aria-hidden />}
          onPress={props.onSnooze}
          className={styles.spare ?? ''}
        />
        <MenuButton
          size="small"
          label={t('moveTo')}
          shortcut="v"
          icon={<FolderInput size={18} aria-hidden />}
          placement="bottom end"
          entries={props.moveEntries}
        />
        <MenuButton
          size="small"
          label={t('more')}
          icon={<MoreHorizontal size={18} aria-hidden />}
          placement="bottom end"
          entries={props.moreEntries}
        />
      </div>
      {mayOfferAll ? (
        <p className={styles.offer}>
          <Button tone="quiet" size="small" onPress={props.onSelectAll}>
            {t('selectAll', { count: total })}
          </Button>
        </p>
      ) : null}
    </>
  )
}
