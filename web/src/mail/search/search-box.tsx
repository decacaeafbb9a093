// The search box: results follow what is typed; Enter keeps the search in the history; where to look is one click.

import { Search, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { useMailPlace } from '../../shell/place.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import styles from './search-box.module.css'

const typingPauseMs = 250

export function SearchBox({ folder }: { folder: string }) {
  const t = useText('mail')
  const place = useMailPlace()
  const { q = '', in: scope } = place.search
  const [typed, setTyped] = useState(q)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const folderParam = place.folder

  // The address is the truth: back, forward and another folder change what is in the box, typing does not race them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folder's change is the trigger
  useEffect(() => {
    clearTimeout(timer.current)
    setTyped(q)
  }, [q, folderParam])

  useShortcuts([
    {
      id: 'search',
      keys: ['/', 'Mod+k'],
      label: t('search.key'),
      group: t('keys.list'),
      run: () => {
        input.current?.focus()
        input.current?.select()
      },
    },
  ])

  function search(text: string, isEverywhere = scope === 'everywhere', replace = Boolean(q)): void {
    clearTimeout(timer.current)
    const query = text.trim()
    place.searchFor(query ? { q: query, ...(isEverywhere ? { in: 'everywhere' } : {}) } : {}, replace)
  }

  return (
    <search className={styles.search}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          search(typed)
          if (!typed.trim()) return
          const list = document.getElementById('message-list')
          if (list) list.focus()
          // The list that is on its way takes the focus once nobody has it.
          else input.current?.blur()
        }}
      >
        <Search size={18} className={styles.icon} aria-hidden />
        <input
          ref={input}
          className={styles.input}
          dir={typed === '' ? undefined : 'auto'}
          type="search"
          enterKeyHint="search"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-label={t('search.label')}
          placeholder={t('search.placeholder')}
          value={typed}
          onChange={(event) => {
            const text = event.currentTarget.value
            setTyped(text)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => search(text), typingPauseMs)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            if (typed) search('')
            setTyped('')
            input.current?.blur()
          }}
        />
        {typed ? (
          <button
            type="button"
            className={styles.clear}
            aria-label={t('search.clear')}
            onClick={() => {
              setTyped('')
              search('')
              input.current?.focus()
            }}
          >
            <X size={16} aria-hidden />
          </button>
        ) : null}
      </form>
      {q ? (
        <fieldset className={styles.scopes} aria-label={t('search.where')}>
          {[false, true].map((isEverywhere) => (
            <button
              key={String(isEverywhere)}
              type="button"
              className={styles.scope}
              aria-pressed={(scope === 'everywhere') === isEverywhere}
              onClick={() => search(typed, isEverywhere, true)}
            >
              {isEverywhere ? t('search.everywhere') : folder}
            </button>
          ))}
        </fieldset>
      ) : null}
    </search>
  )
}
