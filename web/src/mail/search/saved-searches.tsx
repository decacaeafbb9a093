// Searches that somebody saved, as folders below the folders.

import { Link } from '@tanstack/react-router'
import { MoreHorizontal, Pencil, Search, Trash2 } from 'lucide-react'
import { Suspense, useState } from 'react'
import { useSetting } from '../../settings/account-settings.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailPlace } from '../../shell/place.ts'
import { type SavedSearchesProps, SaveSearch } from '../../shell/screens.ts'
import { useStore } from '../../store/index.ts'
import { MenuButton } from '../../ui/lazy-menu.tsx'
import styles from '../folders/folder-tree.module.css'

export default function SavedSearches({ onOpen }: SavedSearchesProps) {
  const t = useText('search')
  const { undo } = useStore()
  const { search } = useMailPlace()
  const [{ saved }, change] = useSetting('searches')
  const [renamed, setRenamed] = useState<string | null>(null)
  const names = Object.keys(saved).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
  const failed = () => undo.push({ text: 'mail:failed', kind: 'error' })

  async function remove(name: string): Promise<void> {
    const query = saved[name]
    if (query === undefined) return
    try {
      await change({ saved: { [name]: null } })
      undo.push({
        text: 'search:removed',
        values: { name },
        undo: () => change({ saved: { [name]: query } }).catch(failed),
      })
    } catch {
      failed()
    }
  }

  if (names.length === 0) return null
  return (
    <>
      <h2 className={styles.first}>{t('searches')}</h2>
      <ul>
        {names.map((name) => {
          const query = saved[name] ?? ''
          const isCurrent = search.q === query && search.in === 'everywhere'
          return (
            <li
              key={name}
              className={styles.item}
              data-current={isCurrent || undefined}
              style={{ '--depth': 0 } as React.CSSProperties}
            >
              <Link
                to="/mail/$folder"
                params={{ folder: 'inbox' }}
                search={{ q: query, in: 'everywhere' }}
                className={styles.link}
                aria-current={isCurrent ? 'page' : undefined}
                title={query}
                onClick={onOpen}
              >
                <Search size={18} strokeWidth={1.75} aria-hidden />
                <bdi className={styles.name}>{name}</bdi>
              </Link>
              <MenuButton
                size="small"
                className={styles.more ?? ''}
                label={t('menu', { name })}
                icon={<MoreHorizontal size={16} aria-hidden />}
                entries={() => [
                  {
                    id: 'rename',
                    label: t('rename'),
                    icon: <Pencil size={16} aria-hidden />,
                    onAction: () => setRenamed(name),
                  },
                  {
                    id: 'remove',
                    label: t('remove'),
                    icon: <Trash2 size={16} aria-hidden />,
                    isDangerous: true,
                    onAction: () => void remove(name),
                  },
                ]}
              />
            </li>
          )
        })}
      </ul>
      {renamed === null ? null : (
        <Suspense>
          <SaveSearch query={saved[renamed] ?? ''} name={renamed} onClose={() => setRenamed(null)} />
        </Suspense>
      )}
    </>
  )
}
