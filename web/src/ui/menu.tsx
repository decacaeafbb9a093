// A menu of commands, from a button or at a point (context menus). It is in a chunk of its own: what is needed before the
// inbox can be used takes it through `lazy-menu.tsx`.

import { Check, ChevronRight } from 'lucide-react'
import { type ReactElement, type ReactNode, type RefObject, useRef } from 'react'
import { Header } from 'react-aria-components/Header'
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuSection,
  MenuTrigger,
  SubmenuTrigger,
} from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { Separator } from 'react-aria-components/Separator'
import styles from './menu.module.css'

export type MenuEntry =
  | {
      readonly kind?: 'item'
      readonly id: string
      readonly label: string
      readonly icon?: ReactNode
      readonly shortcut?: string
      readonly isChecked?: boolean
      readonly isDisabled?: boolean
      readonly isDangerous?: boolean
      readonly onAction: () => void
    }
  | {
      readonly kind: 'submenu'
      readonly id: string
      readonly label: string
      readonly icon?: ReactNode
      readonly entries: readonly MenuEntry[]
    }
  | { readonly kind: 'section'; readonly id: string; readonly label: string; readonly entries: readonly MenuEntry[] }
  | { readonly kind: 'separator'; readonly id: string }

export interface MenuProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
  /** The React Aria button that opens it. */
  readonly trigger: ReactElement
  readonly placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end'
  readonly defaultOpen?: boolean
  readonly onClose?: () => void
}

export function Menu({ label, entries, trigger, placement = 'bottom start', defaultOpen, onClose }: MenuProps) {
  return (
    <MenuTrigger defaultOpen={defaultOpen ?? false} onOpenChange={(isOpen) => isOpen || onClose?.()}>
      {trigger}
      <Popover className={styles.popover} placement={placement} offset={4}>
        <MenuList label={label} entries={entries} />
      </Popover>
    </MenuTrigger>
  )
}

export interface AnchoredMenuProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
  readonly anchor: RefObject<HTMLElement | null>
  readonly placement: NonNullable<MenuProps['placement']>
  readonly onClose: () => void
}

/** Open for as long as it is there, under a button that is not its own. */
export function AnchoredMenu({ label, entries, anchor, placement, onClose }: AnchoredMenuProps) {
  return (
    <Popover
      className={styles.popover}
      isOpen
      onOpenChange={(isOpen) => isOpen || onClose()}
      triggerRef={anchor}
      placement={placement}
      offset={4}
      aria-label={label}
    >
      <MenuList label={label} entries={entries} onClose={onClose} />
    </Popover>
  )
}

export interface ContextMenuProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
  /** In viewport pixels. */
  readonly at: { readonly x: number; readonly y: number }
  readonly onClose: () => void
}

/** Opens at once, where the pointer or the focused row is; the caller takes it away in `onClose`. */
export function ContextMenu({ label, entries, at, onClose }: ContextMenuProps) {
  const point = useRef<HTMLSpanElement>(null)
  return (
    <>
      <span ref={point} className={styles.point} style={{ left: at.x, top: at.y }} />
      <AnchoredMenu label={label} entries={entries} anchor={point} placement="bottom start" onClose={onClose} />
    </>
  )
}

function MenuList({ label, entries, onClose }: { label: string; entries: readonly MenuEntry[]; onClose?: () => void }) {
  return (
    <AriaMenu className={styles.menu} aria-label={label} onClose={onClose} autoFocus="first">
      {entries.map((entry) => renderEntry(entry, onClose))}
    </AriaMenu>
  )
}

/** A choice closes the whole menu, from however deep below it was made. */
function renderEntry(entry: MenuEntry, onClose: (() => void) | undefined): ReactElement {
  switch (entry.kind) {
    case 'separator':
      return <Separator key={entry.id} className={styles.separator} />
    case 'section':
      return (
        <MenuSection key={entry.id}>
          <Header className={styles.header}>{entry.label}</Header>
          {entry.entries.map((child) => renderEntry(child, onClose))}
        </MenuSection>
      )
    case 'submenu':
      return (
        <SubmenuTrigger key={entry.id}>
          <AriaMenuItem id={entry.id} className={styles.item} textValue={entry.label}>
            <span className={styles.icon}>{entry.icon}</span>
            <span className={styles.label}>{entry.label}</span>
            <ChevronRight size={16} className={styles.chevron} aria-hidden />
          </AriaMenuItem>
          <Popover className={styles.popover}>
            <AriaMenu className={styles.menu} aria-label={entry.label}>
              {entry.entries.map((child) => renderEntry(child, onClose))}
            </AriaMenu>
          </Popover>
        </SubmenuTrigger>
      )
    default:
      return (
        <AriaMenuItem
          key={entry.id}
          id={entry.id}
          className={`${styles.item} ${entry.isDangerous ? styles.dangerous : ''}`}
          textValue={entry.label}
          isDisabled={entry.isDisabled ?? false}
          onAction={() => {
            entry.onAction()
            onClose?.()
          }}
        >
          <span className={styles.icon}>{entry.isChecked ? <Check size={16} aria-hidden /> : entry.icon}</span>
          <span className={styles.label}>{entry.label}</span>
          {entry.shortcut ? <kbd className={styles.key}>{entry.shortcut}</kbd> : null}
        </AriaMenuItem>
      )
  }
}
