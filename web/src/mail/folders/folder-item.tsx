// One folder: a link with its count, a place to drop mails, and a menu.

import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronRight, MoreHorizontal } from 'lucide-react'
import { type DragEvent, useState } from 'react'
import { currentLocale, useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { LazyContextMenu, MenuButton } from '../../ui/lazy-menu.tsx'
import { endDrag, startFolderDrag } from '../list/drag.ts'
import { addressOf } from '../mail-view.ts'
import { folderEntries } from './folder-entries.tsx'
import { FolderIcon, folderName } from './folder-looks.tsx'
import { isMovable } from './folder-targets.ts'
import styles from './folder-tree.module.css'
import type { FolderLine, FolderTask } from './folder-tree.tsx'
import { useFolderDrop } from './use-folder-drop.ts'

export interface FolderItemProps extends FolderLine {
  readonly isCurrent: boolean
  readonly isFavourite: boolean
  readonly onToggle: () => void
  readonly onOpen: () => void
  readonly onTask: (task: FolderTask) => void
}

export function FolderItem({
  mailbox,
  depth,
  hasChildren,
  isClosed,
  isCurrent,
  isFavourite,
  onToggle,
  onOpen,
  onTask,
}: FolderItemProps) {
  const t = useText('mail')
  const store = useStore()
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null)
  const name = folderName(mailbox, t)
  // Of drafts the number of all is of interest, in the trash none is.
  const count =
    mailbox.role === 'drafts'
      ? mailbox.totalEmails
      : mailbox.role === 'trash' || mailbox.role === 'sent'
        ? 0
        : mailbox.unreadEmails
  const words = [t('messages', { count: mailbox.totalEmails }), t('unread', { count: mailbox.unreadEmails })]
  const entries = () => folderEntries({ t, store, mailbox, isFavourite, onTask })
  const { isTarget, handlers } = useFolderDrop(
    mailbox,
    isCurrent ? ['folders', 'files'] : ['emails', 'folders', 'files'],
  )
  const drag = isMovable(mailbox)
    ? {
        draggable: true,
        onDragStart: (event: DragEvent) => startFolderDrag(event.dataTransfer, mailbox.id),
        onDragEnd: endDrag,
      }
    : { draggable: false }

  return (
    <li
      className={styles.item}
      data-current={isCurrent || undefined}
      data-drop={isTarget || undefined}
      style={{ '--depth': depth } as React.CSSProperties}
      onContextMenu={(event) => {
        event.preventDefault()
        setMenuAt({ x: event.clientX, y: event.clientY })
      }}
    >
      {hasChildren ? (
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={!isClosed}
          aria-label={t(isClosed ? 'expand' : 'collapse', { folder: name })}
          onClick={onToggle}
        >
          {isClosed ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
        </button>
      ) : null}
      <Link
        to="/mail/$folder"
        params={{ folder: addressOf(mailbox) }}
        search={{}}
        className={styles.link}
        aria-current={isCurrent ? 'page' : undefined}
        title={words.join(' · ')}
        onClick={onOpen}
        {...drag}
        {...handlers}
      >
        <FolderIcon role={mailbox.role} />
        <bdi className={styles.name}>{name}</bdi>
        {count > 0 ? (
          <span className={styles.count}>
            {count.toLocaleString(currentLocale())}
            <span className="visually-hidden"> {t(mailbox.role === 'drafts' ? 'messages' : 'unread', { count })}</span>
          </span>
        ) : null}
      </Link>
      <MenuButton
        size="small"
        className={styles.more ?? ''}
        label={t('folderMenu', { folder: name })}
        icon={<MoreHorizontal size={16} aria-hidden />}
        entries={entries}
      />
      {menuAt ? (
        <LazyContextMenu
          label={t('folderMenu', { folder: name })}
          entries={entries()}
          at={menuAt}
          onClose={() => setMenuAt(null)}
        />
      ) : null}
    </li>
  )
}
