// The search box: results follow what is typed; Enter keeps the search in the history; where to look is one click. What may be meant is
// offered below (suggestions.tsx), and a search that is worth it becomes a folder.

import { BookmarkPlus, Search, X } from 'lucide-react'
import { Suspense, useEffect, useId, useRef, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { useMailPlace } from '../../shell/place.ts'
import { SaveSearch, Suggestions } from '../../shell/screens.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { useMailboxes, useStore } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { searchName } from '../mail-view.ts'
import { escapeValue } from './last-term.ts'
import { forgetSearches, rememberSearch } from './past-searches.ts'
import styles from './search-box.module.css'
import type { Suggestion } from './suggest-search.ts'

const typingPauseMs = 250

export function SearchBox({ folder }: { folder: string }) {
  const t = useText('mail')
  const place = useMailPlace()
  const { q = '', in: scope } = place.search
  const [typed, setTyped] = useState(q)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const folderParam = place.folder
  const { client } = useStore()
  const here = useMailboxes().find(({ role, id }) => role === folderParam || id === folderParam)
  const listId = useId()
  const [isOpen, setOpen] = useState(false)
  const [isSaving, setSaving] = useState(false)
  const [current, setCurrent] = useState(-1)
  const [offered, setOffered] = useState<readonly Suggestion[]>([])
  const isOffering = isOpen && offered.length > 0

  // The address is the truth: back, forward and another folder change what is in the box, typing does not race them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folder's change is the trigger
  useEffect(() => {
    clearTimeout(timer.current)
    // What was typed may end in a space, where the next word begins.
    setTyped((typed) => (typed.trim() === q ? typed : q))
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

  function remember(text: string): void {
    const query = text.trim()
    if (query) rememberSearch(client, query).catch((error) => console.warn('search', error))
  }

  function close(): void {
    setOpen(false)
    setCurrent(-1)
  }

  function goToResults(): void {
    const list = document.getElementById('message-list')
    if (list) list.focus()
    // The list that is on its way takes the focus once nobody has it.
    else input.current?.blur()
  }

  function choose(suggestion: Suggestion): void {
    setCurrent(-1)
    if (suggestion.kind === 'forget') {
      forgetSearches(client).catch((error) => console.warn('search', error))
      return
    }
    setTyped(suggestion.text)
    search(suggestion.text)
    input.current?.focus()
    if (suggestion.kind !== 'recent') return
    remember(suggestion.text)
    close()
    goToResults()
  }

  /** True: the key was for the list. */
  function moveInList(event: React.KeyboardEvent): boolean {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (by === 0) return false
    if (!isOpen) setOpen(true)
    // Beyond either end is the field itself.
    const places = offered.length + 1
    setCurrent(((current + 1 + by + places) % places) - 1)
    return true
  }

  return (
    <search className={styles.search}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          const chosen = isOffering ? offered[current] : undefined
          if (chosen) return choose(chosen)
          close()
          search(typed)
          remember(typed)
          if (typed.trim()) goToResults()
        }}
        onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || close()}
      >
        <Search size={18} className={styles.icon} aria-hidden />
        <input
          ref={input}
          className={styles.input}
          dir={typed === '' ? undefined : 'auto'}
          type="search"
          role="combobox"
          aria-expanded={isOffering}
          aria-controls={isOffering ? listId : undefined}
          aria-autocomplete="list"
          aria-activedescendant={isOffering && current >= 0 ? `${listId}-${current}` : undefined}
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
            setOpen(true)
            setCurrent(-1)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => search(text), typingPauseMs)
          }}
          onClick={() => setOpen(true)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (moveInList(event)) event.preventDefault()
            if (event.key !== 'Escape') return
            if (isOffering) {
              // A search field would empty itself.
              event.preventDefault()
              return close()
            }
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
        {isOpen ? (
          <Suspense>
            <Suggestions id={listId} typed={typed} current={current} onList={setOffered} onChoose={choose} />
          </Suspense>
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
      {q ? (
        <IconButton
          size="small"
          label={t('search.save')}
          icon={<BookmarkPlus size={18} aria-hidden />}
          onPress={() => setSaving(true)}
        />
      ) : null}
      {isSaving ? (
        <Suspense>
          <SaveSearch
            query={scope === 'everywhere' || here === undefined ? q : `in:${escapeValue(searchName(here))} ${q}`}
            onClose={() => setSaving(false)}
          />
        </Suspense>
      ) : null}
    </search>
  )
}
