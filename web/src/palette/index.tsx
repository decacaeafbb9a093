// The command palette: everything that can be done here and everywhere one can go, found by typing a part of its name.

import { Search } from 'lucide-react'
import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { useText } from '../shell/i18n.ts'
import { useMailPlace } from '../shell/place.ts'
import { useMailboxes } from '../store/index.ts'
import { allEntries, type Found, findEntries, recentEntries, rememberEntry } from './entries.ts'
import styles from './palette.module.css'

export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useText('palette')
  const place = useMailPlace()
  const mailboxes = useMailboxes()
  const id = useId()
  const [typed, setTyped] = useState('')
  const [current, setCurrent] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  // All as it was when the palette opened: its own keys come and go with the dialog, and a move of the pointer searches nothing anew.
  const [sources] = useState({ t, mailboxes, place })
  const [entries] = useState(() => allEntries(sources))
  const [recent] = useState(recentEntries)
  const found = useMemo<readonly Found[]>(() => {
    const { t, place } = sources
    const search = typed.trim()
    const last = { id: 'search', label: t('searchFor', { words: search }), group: t('mail:search.title'), ranges: [] }
    const run = () => place.searchFor({ q: search, in: 'everywhere' }, false)
    return [...findEntries(entries, typed, recent), ...(search === '' ? [] : [{ ...last, run }])]
  }, [entries, recent, typed, sources])
  const shown = Math.min(current, found.length - 1)

  useEffect(() => {
    list.current?.querySelector(`[data-at="${shown}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [shown])

  function choose(entry: Found | undefined): void {
    if (!entry) return
    if (entry.id !== 'search') rememberEntry(entry.id)
    onClose()
    // Once the dialog has given the focus back: what is done may move it.
    setTimeout(() => entry.run(), 0)
  }

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return
    const steps: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
    const by = steps[event.key]
    if (by !== undefined) {
      event.preventDefault()
      // One step wraps around, a page does not.
      const next = Math.abs(by) === 1 ? (shown + by + found.length) % found.length : shown + by
      setCurrent(Math.max(0, Math.min(next, found.length - 1)))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(found[shown])
    }
  }

  return (
    <ModalOverlay className={styles.overlay} isOpen isDismissable onOpenChange={(isOpen) => isOpen || onClose()}>
      <Modal className={styles.modal}>
        <AriaDialog className={styles.dialog} aria-label={t('title')}>
          <div className={styles.field}>
            <Search size={18} aria-hidden />
            <input
              className={styles.input}
              // biome-ignore lint/a11y/noAutofocus: it was opened to be typed in
              autoFocus
              role="combobox"
              aria-label={t('title')}
              aria-expanded="true"
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={found.length > 0 ? `${id}-${shown}` : undefined}
              placeholder={t('placeholder')}
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value)
                setCurrent(0)
              }}
              onKeyDown={onKeyDown}
            />
          </div>
          <div ref={list} id={`${id}-list`} className={styles.list} role="listbox" aria-label={t('title')}>
            {found.map((entry, at) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names it in aria-activedescendant
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
              <div
                key={entry.id}
                id={`${id}-${at}`}
                data-at={at}
                role="option"
                aria-selected={at === shown}
                className={styles.entry}
                onPointerMove={() => setCurrent(at)}
                onClick={() => choose(entry)}
              >
                <span className={styles.label} dir="auto">
                  <Marked label={entry.label} ranges={entry.ranges} />
                </span>
                <span className={styles.group}>{entry.group}</span>
                {entry.keys ? <kbd className={styles.keys}>{entry.keys}</kbd> : null}
              </div>
            ))}
          </div>
          <p className="visually-hidden" role="status">
            {t('found', { count: found.length })}
          </p>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

function Marked({ label, ranges }: Pick<Found, 'label' | 'ranges'>) {
  let at = 0
  const parts = ranges.flatMap(([from, to]) => {
    const before = label.slice(at, from)
    at = to
    return [before, <mark key={from}>{label.slice(from, to)}</mark>]
  })
  return (
    <>
      {parts}
      {label.slice(at)}
    </>
  )
}
