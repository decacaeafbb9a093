// All folders as links, those with a role first; where mails are dropped, and where folders are made, renamed, deleted.

import { Plus } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailboxes } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { FolderItem } from './folder-item.tsx'
import styles from './folder-tree.module.css'

const FolderDialog = lazy(() => import('./folder-dialog.tsx'))

export type FolderTask =
  | { readonly kind: 'create'; readonly parentId: string | null }
  | { readonly kind: 'rename' | 'delete' | 'empty'; readonly mailbox: Mailbox }

const closedKey = 'paquebot.closedFolders'

export function FolderTree({ current, onOpen }: { current: string | undefined; onOpen: () => void }) {
  const t = useText('mail')
  const mailboxes = useMailboxes()
  const [task, setTask] = useState<FolderTask | null>(null)
  const [closed, setClosed] = useState<ReadonlySet<string>>(readClosed)
  const lines = useMemo(() => visibleLines(mailboxes, closed), [mailboxes, closed])
  const special = lines.filter((line) => line.isSpecial)
  const own = lines.filter((line) => !line.isSpecial)

  function toggle(id: string): void {
    const next = new Set(closed)
    if (!next.delete(id)) next.add(id)
    setClosed(next)
    localStorage.setItem(closedKey, JSON.stringify([...next]))
  }

  const item = (line: FolderLine) => (
    <FolderItem
      key={line.mailbox.id}
      {...line}
      isCurrent={line.mailbox.id === current}
      onToggle={() => toggle(line.mailbox.id)}
      onOpen={onOpen}
      onTask={setTask}
    />
  )

  return (
    <nav className={styles.tree} aria-label={t('folders')}>
      <ul>{special.map(item)}</ul>
      <div className={styles.heading}>
        <h2 className={styles.title}>{t('folders')}</h2>
        <IconButton
          size="small"
          label={t('newFolder')}
          icon={<Plus size={16} aria-hidden />}
          onPress={() => setTask({ kind: 'create', parentId: null })}
        />
      </div>
      <ul>{own.map(item)}</ul>
      {task ? (
        <Suspense>
          <FolderDialog task={task} onClose={() => setTask(null)} />
        </Suspense>
      ) : null}
    </nav>
  )
}

export interface FolderLine {
  readonly mailbox: Mailbox
  readonly depth: number
  readonly hasChildren: boolean
  readonly isClosed: boolean
  /** Has a role, or is below one that has. */
  readonly isSpecial: boolean
}

/** The tree as lines; what is below a closed folder is not among them. The list comes depth first. */
function visibleLines(mailboxes: readonly Mailbox[], closed: ReadonlySet<string>): FolderLine[] {
  const parents = new Set(mailboxes.map(({ parentId }) => parentId))
  const seen = new Map<string, { depth: number; isHidden: boolean; isSpecial: boolean }>()
  const lines: FolderLine[] = []
  for (const mailbox of mailboxes) {
    const parent = mailbox.parentId === null ? undefined : seen.get(mailbox.parentId)
    const isClosed = closed.has(mailbox.id)
    const isHidden = parent?.isHidden ?? false
    const isSpecial = parent?.isSpecial ?? mailbox.role !== null
    const depth = parent ? parent.depth + 1 : 0
    seen.set(mailbox.id, { depth, isHidden: isHidden || isClosed, isSpecial })
    if (!isHidden) lines.push({ mailbox, depth, hasChildren: parents.has(mailbox.id), isClosed, isSpecial })
  }
  return lines
}

function readClosed(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(closedKey) ?? '[]') as string[])
  } catch {
    return new Set()
  }
}
