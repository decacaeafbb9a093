// Keys. A screen says what its keys do while it is mounted; the help sheet shows all that are alive, and the command
// palette of a later issue runs them. Gmail's letters. Nothing fires while somebody types, except keys with Ctrl or Meta.

import { useEffect, useRef } from 'react'

export interface Shortcut {
  /** Unique; a later one with the same keys wins while it is mounted. */
  readonly id: string
  /** «e», «Shift+I», «g i» (one after the other), «Mod+Enter» (Ctrl, or ⌘ on a Mac), «?», «#», «Escape», «Delete». */
  readonly keys: readonly string[]
  /** What it does, as shown in the help sheet: already translated. */
  readonly label: string
  /** Heading in the help sheet: already translated. */
  readonly group: string
  /** `false` lets the browser have the key. */
  readonly run: (event: KeyboardEvent) => unknown
}

const sequenceTimeoutMs = 1200
const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)
const alive: Shortcut[][] = []
let pendingPrefix = ''
let pendingSince = 0

/** Registers keys for as long as the component is mounted. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef<Shortcut[]>([])
  latest.current = [...shortcuts]
  const ids = shortcuts.map((shortcut) => shortcut.id).join()
  useEffect(() => {
    const entry: Shortcut[] = ids
      .split(',')
      .filter(Boolean)
      .map((id) => {
        const now = () => latest.current.find((shortcut) => shortcut.id === id)
        return {
          id,
          get keys() {
            return now()?.keys ?? []
          },
          get label() {
            return now()?.label ?? ''
          },
          get group() {
            return now()?.group ?? ''
          },
          run: (event) => now()?.run(event),
        }
      })
    alive.push(entry)
    return () => {
      alive.splice(alive.indexOf(entry), 1)
    }
  }, [ids])
}

export function liveShortcuts(): readonly Shortcut[] {
  return alive.flat()
}

/** «Mod+Enter» as people know it on this machine. */
export function showKeys(keys: string): string {
  return keys.replace('Mod', isMac ? '⌘' : 'Ctrl')
}

export function listenForShortcuts(target: Document): () => void {
  target.addEventListener('keydown', onKeyDown)
  return () => target.removeEventListener('keydown', onKeyDown)
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const key = nameOf(event)
  if (!key) return
  const hasModifier = event.ctrlKey || event.metaKey
  if (!hasModifier && (isTyping(event.target) || isApart(event))) return
  const prefix = Date.now() - pendingSince < sequenceTimeoutMs ? pendingPrefix : ''
  pendingPrefix = ''
  const candidates = [...alive].reverse().flat()
  for (const typed of prefix ? [`${prefix} ${key}`, key] : [key]) {
    for (const shortcut of candidates) {
      if (!shortcut.keys.includes(typed)) continue
      if (shortcut.run(event) === false) continue
      event.preventDefault()
      return
    }
  }
  if (candidates.some((shortcut) => shortcut.keys.some((keys) => keys.startsWith(`${key} `)))) {
    pendingPrefix = key
    pendingSince = Date.now()
  }
}

/** Letters carry their case («I» is Shift+i), so that a key is the sign it writes on any layout. */
function nameOf(event: KeyboardEvent): string | null {
  if (['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'Dead', 'Process'].includes(event.key)) return null
  const isLetter = /^\p{L}$/u.test(event.key)
  const isSign = event.key.length === 1
  const parts = []
  if (isMac ? event.metaKey : event.ctrlKey) parts.push('Mod')
  if (event.altKey && !isSign) parts.push('Alt')
  if (event.shiftKey && (isLetter || !isSign)) parts.push('Shift')
  parts.push(event.shiftKey && isLetter ? event.key.toUpperCase() : event.key === ' ' ? 'Space' : event.key)
  return parts.join('+')
}

/** Letters typed there are written there. */
export function isWritable(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable)
}

/** In a dialog: what lies behind it hears no letters. Escape is for whoever has it. */
function isApart({ target, key }: KeyboardEvent): boolean {
  return (
    key !== 'Escape' && target instanceof Element && target.closest('[role="dialog"],[role="alertdialog"]') !== null
  )
}

function isTyping(target: EventTarget | null): boolean {
  if (isWritable(target) || target instanceof HTMLSelectElement) return true
  if (!(target instanceof HTMLElement) || target instanceof HTMLInputElement) return false
  // Menus and lists of React Aria find their items by typed letters.
  return target.closest('[role="menu"],[role="listbox"]') !== null
}
