// All folders as links: favourites, those with a role, the person's own, and apart what they are not subscribed to. Where mails, folders and
// files are dropped, and where folders are made, renamed, moved, deleted.

import { ChevronDown, ChevronRight, Plus } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { useSetting } from '../../settings/account-settings.ts'
import { useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { SavedSearches } from '../../shell/screens.ts'
import { useMailboxes } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { FolderItem } from './folder-item.tsx'
import styles from './folder-tree.module.css'
import { useFolderDrop } from './use-folder-drop.ts'

const FolderDialog = lazy(() => patiently(() => import('./folder-dialog.tsx')))

export type FolderTask =
  | { readonly kind: 'create'; readonly parentId: string | null }
  | { readonly kind: 'rename' | 'move' | 'delete' | 'empty'; readonly mailbox: Mailbox }

const closedKey = 'paquebot.closedFolders'
/** Among closed folders, for the heading of what is not subscribed to. */
const otherFolders = ' other'

export function FolderTree({ current, onOpen }: { current: string | undefined; onOpen: () => void }) {
  const t = useText('mail')
  const mailboxes = useMailboxes()
  const [{ favourites }] = useSetting('folders')
  const [task, setTask] = useState<FolderTask | null>(null)
  const [closed, setClosed] = useState<ReadonlySet<string>>(readClosed)
  const lines = useMemo(() => visibleLines(mailboxes, closed), [mailboxes, closed])
  const top = useFolderDrop(null, ['folders'])
  const favoured = mailboxes.filter(({ id, role }) => role === null && favourites[id])
  const own = lines.filter((line) => !line.isSpecial && line.isSubscribed)
  const other = lines.filter((line) => !line.isSpecial && !line.isSubscribed)
  const areOthersClosed = closed.has(otherFolders)

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
      isFavourite={favourites[line.mailbox.id] === true}
      onToggle={() => toggle(line.mailbox.id)}
      onOpen={onOpen}
      onTask={setTask}
    />
  )
  const flat = { depth: 0, hasChildren: false, isClosed: false, isSpecial: false, isSubscribed: true }

  return (
    <nav className={styles.tree} aria-label={t('folders')}>
      {favoured.length > 0 ? (
        <>
          <h2 className={styles.first}>{t('favourites')}</h2>
          <ul className={styles.favourites}>{favoured.map((mailbox) => item({ ...flat, mailbox }))}</ul>
        </>
      ) : null}
      <ul>{lines.filter((line) => line.isSpecial).map(item)}</ul>
      <div className={styles.heading} data-drop={top.isTarget || undefined} {...top.handlers}>
        <h2 className={styles.title}>{t('folders')}</h2>
        <IconButton
          size="small"
          label={t('newFolder')}
          icon={<Plus size={16} aria-hidden />}
          onPress={() => setTask({ kind: 'create', parentId: null })}
        />
      </div>
      <ul>{own.map(item)}</ul>
      {other.length > 0 ? (
        <>
          <h2 className={styles.first}>
            <button
              type="button"
              className={styles.disclosure}
              aria-expanded={!areOthersClosed}
              onClick={() => toggle(otherFolders)}
            >
              {areOthersClosed ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
              {t('unsubscribed')}
            </button>
          </h2>
          {areOthersClosed ? null : <ul>{other.map(item)}</ul>}
        </>
      ) : null}
      <Suspense>
        <SavedSearches onOpen={onOpen} />
      </Suspense>
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
  /** Is subscribed to, or leads to a folder that is. */
  readonly isSubscribed: boolean
}

/** The tree as lines; what is below a closed folder is not among them. The list comes depth first. */
function visibleLines(mailboxes: readonly Mailbox[], closed: ReadonlySet<string>): FolderLine[] {
  const parents = new Set(mailboxes.map(({ parentId }) => parentId))
  const subscribed = withParents(mailboxes)
  const seen = new Map<string, { depth: number; isHidden: boolean; isSpecial: boolean }>()
  const lines: FolderLine[] = []
  for (const mailbox of mailboxes) {
    const parent = mailbox.parentId === null ? undefined : seen.get(mailbox.parentId)
    const isClosed = closed.has(mailbox.id)
    const isHidden = parent?.isHidden ?? false
    const isSpecial = parent?.isSpecial ?? mailbox.role !== null
    const depth = parent ? parent.depth + 1 : 0
    seen.set(mailbox.id, { depth, isHidden: isHidden || isClosed, isSpecial })
    if (isHidden) continue
    const isSubscribed = subscribed.has(mailbox.id)
    lines.push({ mailbox, depth, hasChildren: parents.has(mailbox.id), isClosed, isSpecial, isSubscribed })
  }
  return lines
}

/** What is subscribed to, and what stands above it. */
function withParents(mailboxes: readonly Mailbox[]): ReadonlySet<string | null> {
  const kept = new Set<string | null>()
  // Children come after their parents.
  for (const { id, parentId, isSubscribed } of mailboxes.toReversed()) {
    if (isSubscribed || kept.has(id)) kept.add(id).add(parentId)
  }
  return kept
}

function readClosed(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(closedKey) ?? '[]') as string[])
  } catch {
    return new Set()
  }
}
