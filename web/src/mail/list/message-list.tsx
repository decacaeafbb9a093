// The list over the whole folder: only the rows on screen exist, and only their windows are fetched. The grid keeps the
// focus and points at a row, so that scrolling a row away never loses it.

import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useText } from '../../shell/i18n.ts'
import { usePreferences } from '../../shell/preferences.ts'
import type { LiveQuery } from '../../store/index.ts'
import styles from './message-list.module.css'
import { MessageRow, PlaceholderRow, type RowHandlers, rowId } from './message-row.tsx'
import { isSelected, type Selection } from './selection.ts'

export interface MessageListProps {
  readonly query: LiveQuery
  readonly label: string
  readonly showsRecipients: boolean
  readonly marksWords: boolean
  readonly swipesAway: 'archive' | 'trash'
  /** Messages sleep here: rows say until when. */
  readonly isAsleep: boolean
  readonly me: ReadonlySet<string>
  readonly cursor: string | undefined
  /** A row that is not read yet, to be scrolled to all the same. */
  readonly wanted: number | null
  readonly openId: string | undefined
  readonly selection: Selection
  readonly handlers: RowHandlers
  readonly onKey: (event: KeyboardEvent, pageRows: number) => void
  readonly ref?: Ref<ListHandle>
}

export interface ListHandle {
  focus(): void
}

/** From here on a row is one line over the whole width: the container query in message-row.module.css says the same. */
const wideRem = 46

export function MessageList({
  query,
  label,
  cursor,
  wanted,
  openId,
  selection,
  handlers,
  onKey,
  ref,
  ...rest
}: MessageListProps) {
  const t = useText('mail')
  const { density, showPreview } = usePreferences()
  const grid = useRef<HTMLDivElement>(null)
  const [isWide, setWide] = useState(false)
  const rowHeight = isWide ? (density === 'compact' ? 36 : 52) : density === 'compact' ? 52 : showPreview ? 82 : 64
  const virtualizer = useVirtualizer({
    count: query.total,
    getScrollElement: () => grid.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    getItemKey: (position) => query.idAt(position) ?? position,
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0

  useLayoutEffect(() => {
    const element = grid.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      setWide((entry?.contentRect.width ?? 0) >= wideRem * rem)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useKeptPlace(grid, virtualizer, rowHeight, query.total)

  // Not only when the rows on screen change: a list that changed may have lost some of them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => query.show(first, last + 1), [query, first, last, query.version])

  const cursorPosition = cursor === undefined ? -1 : query.positionOf(cursor)
  const target = wanted ?? cursorPosition
  useEffect(() => {
    if (target >= 0) virtualizer.scrollToIndex(target, { align: 'auto' })
  }, [target, virtualizer])

  useImperativeHandle(ref, () => ({ focus: () => grid.current?.focus({ preventScroll: true }) }), [])
  const isCursorDrawn = cursorPosition >= first && cursorPosition <= last

  return (
    <div
      ref={grid}
      role="grid"
      id="message-list"
      className={styles.grid}
      tabIndex={0}
      aria-label={label}
      // ARIA 1.2, aria-rowcount: -1 where the number is not known.
      aria-rowcount={query.isTotalKnown ? query.total : -1}
      aria-multiselectable
      aria-busy={query.status === 'loading'}
      aria-activedescendant={cursor !== undefined && isCursorDrawn ? rowId(cursor) : undefined}
      onKeyDown={(event) => onKey(event, Math.max(1, Math.floor((grid.current?.clientHeight ?? 0) / rowHeight) - 1))}
    >
      <div
        role="rowgroup"
        aria-label={t('messages', { count: query.total })}
        className={styles.rows}
        style={{ height: virtualizer.getTotalSize(), '--row-height': `${rowHeight}px` } as React.CSSProperties}
      >
        {items.map((item) => {
          const emailId = query.idAt(item.index)
          return (
            <div
              key={item.key}
              role="presentation"
              className={styles.place}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {emailId === undefined ? (
                <PlaceholderRow position={item.index} />
              ) : (
                <MessageRow
                  {...rest}
                  emailId={emailId}
                  position={item.index}
                  spec={query.spec}
                  isCursor={emailId === cursor}
                  isOpen={emailId === openId}
                  isChosen={isSelected(selection, emailId)}
                  handlers={handlers}
                />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Rows of another height: the one at the top stays there. */
function useKeptPlace(
  grid: RefObject<HTMLDivElement | null>,
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rowHeight: number,
  total: number,
): void {
  const drawn = useRef(rowHeight)
  /** The row at the top, until the list is as high as it will be. */
  const top = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (drawn.current === rowHeight) return
    top.current = (grid.current?.scrollTop ?? 0) / drawn.current
    drawn.current = rowHeight
    virtualizer.measure()
  }, [grid, virtualizer, rowHeight])
  // After each drawing: the one that `measure` asked for comes right after this one, before anything is painted.
  useLayoutEffect(() => {
    if (top.current === null || virtualizer.getTotalSize() !== total * rowHeight) return
    virtualizer.scrollToOffset(top.current * rowHeight)
    top.current = null
  })
}
