// One folder: a link with its count, a place to drop mails, and a menu.

import { Link } from '@tanstack/react-router'
import { CheckCheck, ChevronDown, ChevronRight, FolderPlus, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { type DragEvent, useState } from 'react'
import { currentLocale, useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { LazyContextMenu, MenuButton } from '../../ui/lazy-menu.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import { draggedEmails, endDrag, isEmailDrag } from '../list/drag.ts'
import { addressOf } from '../mail-view.ts'
import { FolderIcon, folderName } from './folder-looks.tsx'
import styles from './folder-tree.module.css'
import type { FolderLine, FolderTask } from './folder-tree.tsx'

export interface FolderItemProps extends FolderLine {
  readonly isCurrent: boolean
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
  onToggle,
  onOpen,
  onTask,
}: FolderItemProps) {
  const t = useText('mail')
  const store = useStore()
  const [isDropTarget, setDropTarget] = useState(false)
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null)
  const name = folderName(mailbox, t)
  // Of drafts the number of all is of interest, in the trash none is.
  const count =
    mailbox.role === 'drafts'
      ? mailbox.totalEmails
      : mailbox.role === 'trash' || mailbox.role === 'sent'
        ? 0
        : mailbox.unreadEmails
  const rights = mailbox.myRights

  const entries = (): MenuEntry[] => [
    {
      id: 'read',
      label: t('markAllRead'),
      icon: <CheckCheck size={16} aria-hidden />,
      isDisabled: mailbox.unreadEmails === 0,
      onAction: () => store.actions.markAllRead(mailbox.id),
    },
    {
      id: 'create',
      label: t('newSubfolder'),
      icon: <FolderPlus size={16} aria-hidden />,
      isDisabled: rights?.mayCreateChild === false,
      onAction: () => onTask({ kind: 'create', parentId: mailbox.id }),
    },
    ...(mailbox.role === null
      ? [
          {
            id: 'rename',
            label: t('rename'),
            icon: <Pencil size={16} aria-hidden />,
            isDisabled: rights?.mayRename === false,
            onAction: () => onTask({ kind: 'rename', mailbox }),
          },
        ]
      : []),
    { kind: 'separator', id: 'line' },
    {
      id: 'empty',
      label: t('empty'),
      icon: <Trash2 size={16} aria-hidden />,
      isDangerous: true,
      isDisabled: mailbox.totalEmails === 0,
      onAction: () => onTask({ kind: 'empty', mailbox }),
    },
    ...(mailbox.role === null
      ? [
          {
            id: 'delete',
            label: t('deleteFolder'),
            icon: <Trash2 size={16} aria-hidden />,
            isDangerous: true,
            isDisabled: rights?.mayDelete === false,
            onAction: () => onTask({ kind: 'delete', mailbox }),
          },
        ]
      : []),
  ]

  const drop = {
    onDragOver(event: DragEvent) {
      if (!isEmailDrag(event.dataTransfer) || isCurrent) return
      event.preventDefault()
      event.dataTransfer.dropEffect = event.ctrlKey || event.altKey ? 'copy' : 'move'
      setDropTarget(true)
    },
    onDragLeave: () => setDropTarget(false),
    onDrop(event: DragEvent) {
      event.preventDefault()
      setDropTarget(false)
      const dragged = draggedEmails()
      if (!dragged) return
      if (event.ctrlKey || event.altKey) store.actions.copy(dragged.emailIds, mailbox.id)
      else store.actions.move(dragged.emailIds, mailbox.id, dragged.from)
      endDrag()
    },
  }

  return (
    <li
      className={styles.item}
      data-current={isCurrent || undefined}
      data-drop={isDropTarget || undefined}
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
        draggable={false}
        onClick={onOpen}
        {...drop}
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
