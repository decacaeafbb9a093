// Keys typed between asking for a composer and its field being there. They are meant for the message: none may be lost, and none
// may archive or delete what is behind it. Held here, and written where the composer puts the cursor.

import { isWritable } from './shortcuts.ts'

const longestHoldMs = 10_000
let release: (() => void) | undefined

/** Holds what is typed until something that can be written in gets the focus, and writes it there. Escape or a click lets go of it. */
export function holdTyping(): void {
  release?.()
  let held = ''
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.isComposing) return
    if (event.key === 'Escape') end()
    else if (event.key === 'Backspace') held = [...held].slice(0, -1).join('')
    else if (event.key === 'Enter') held += '\n'
    else if ([...event.key].length === 1) held += event.key
    // What would move the focus elsewhere waits for nothing: it is left out.
    else if (event.key !== 'Tab') return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  const onFocus = ({ target }: FocusEvent) => {
    if (!isWritable(target)) return
    // An editor is still setting its selection while it takes the focus.
    queueMicrotask(() => {
      end()
      write(held)
    })
  }
  const timer = setTimeout(end, longestHoldMs)
  addEventListener('keydown', onKeyDown, true)
  addEventListener('focusin', onFocus)
  addEventListener('pointerdown', end)
  release = end

  function end(): void {
    clearTimeout(timer)
    removeEventListener('keydown', onKeyDown, true)
    removeEventListener('focusin', onFocus)
    removeEventListener('pointerdown', end)
    if (release === end) release = undefined
  }
}

/** Nothing will take what is held: the composer could not be opened. */
export function letGoOfTyping(): void {
  release?.()
}

/** As if typed: the one call that every kind of field and its undo understand. */
function write(text: string): void {
  for (const [n, line] of text.split('\n').entries()) {
    if (n > 0) document.execCommand('insertParagraph')
    if (line !== '') document.execCommand('insertText', false, line)
  }
}
