// Choices about the look of this browser: kept in localStorage so that the first paint is right, offered to `settings/`
// which keeps them with the account as well. No choice here changes what the server does.

import { useSyncExternalStore } from 'react'
import type { Language } from './i18n.ts'

export type ReadingPane = 'right' | 'below' | 'none'

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  /** `system`: more where the system asks for more. */
  readonly contrast: 'system' | 'more'
  readonly language: Language | 'system'
  readonly density: 'comfortable' | 'compact'
  readonly view: 'conversations' | 'messages'
  /** Where a message is read, if there is room; else, and for `none`, in the list's place. Kept with the account as well. */
  readonly readingPane: ReadingPane
  readonly showPreview: boolean
}

const key = 'paquebot.preferences'
const defaults: Preferences = {
  theme: 'system',
  contrast: 'system',
  language: 'system',
  density: 'comfortable',
  view: 'conversations',
  readingPane: 'right',
  showPreview: true,
}
/** What earlier versions called the places of the reading pane. */
const formerPanes: Readonly<Record<string, ReadingPane>> = { beside: 'right', full: 'none' }
const systemContrast = matchMedia('(prefers-contrast: more)')
const listeners = new Set<() => void>()
let current: Preferences = { ...defaults, ...read() }

export function preferences(): Preferences {
  return current
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(key, JSON.stringify(current))
  } catch {
    // Private windows of some browsers have no storage: the choice lasts as long as the page.
  }
  applyPreferences()
  for (const listener of listeners) listener()
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribePreferences, preferences)
}

export function subscribePreferences(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

systemContrast.addEventListener('change', applyPreferences)

export function applyPreferences(): void {
  const root = document.documentElement
  if (current.theme === 'system') delete root.dataset.theme
  else root.dataset.theme = current.theme
  root.dataset.contrast = current.contrast === 'more' || systemContrast.matches ? 'more' : 'normal'
  root.dataset.density = current.density
  root.dataset.preview = current.showPreview ? 'on' : 'off'
}

function read(): Partial<Preferences> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return {}
    const { readingPane, ...others } = stored as Partial<Preferences>
    return { ...others, ...(readingPane && { readingPane: formerPanes[readingPane] ?? readingPane }) }
  } catch {
    return {}
  }
}
