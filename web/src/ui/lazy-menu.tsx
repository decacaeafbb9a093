// Menus for what is on screen before the inbox can be used: their code comes when the first is opened.

import { lazy, Suspense, useRef, useState } from 'react'
import { patiently } from '../shell/patiently.ts'
import { IconButton, type IconButtonProps } from './icon-button.tsx'
import type { ContextMenuProps, MenuEntry } from './menu.tsx'

const LoadedContextMenu = lazy(async () => ({ default: (await patiently(() => import('./menu.tsx'))).ContextMenu }))
const LoadedAnchoredMenu = lazy(async () => ({ default: (await patiently(() => import('./menu.tsx'))).AnchoredMenu }))

export interface MenuButtonProps extends Omit<IconButtonProps, 'onPress' | 'ref'> {
  /** Asked for when it opens, so that it is never put together in vain. */
  readonly entries: () => readonly MenuEntry[]
  readonly placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end'
}

export function MenuButton({ entries, placement = 'bottom start', ...rest }: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <IconButton {...rest} ref={button} aria-haspopup="menu" aria-expanded={isOpen} onPress={() => setOpen(true)} />
      {isOpen ? (
        <Suspense>
          <LoadedAnchoredMenu
            label={rest.label}
            entries={entries()}
            anchor={button}
            placement={placement}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      ) : null}
    </>
  )
}

export function LazyContextMenu(props: ContextMenuProps) {
  return (
    <Suspense>
      <LoadedContextMenu {...props} />
    </Suspense>
  )
}
