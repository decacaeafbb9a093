// Labels are keywords without a meaning to the system. Names are for people, keywords for IMAP (RFC 3501 §2.3.2: flags are
// atoms); which exist is learnt from the messages seen and from those made here.

import { useSyncExternalStore } from 'react'
import { hueOf } from '../../ui/avatar.tsx'

export interface Label {
  readonly keyword: string
  readonly name: string
  readonly hue: number
}

const storageKey = 'paquebot.labels'
const listeners = new Set<() => void>()
/** Words that programs set, not people. */
const notLabels = new Set([
  'nonjunk',
  'notjunk',
  'junk',
  'junkrecorded',
  'forwarded',
  'mdnsent',
  'receipthandled',
  'submitted',
])
let known: readonly Label[] = readKnown().map(labelOf)

export function isLabel(keyword: string): boolean {
  return !keyword.startsWith('$') && !keyword.startsWith('\\') && !notLabels.has(keyword.toLowerCase())
}

export function labelsOf(keywords: Readonly<Record<string, boolean>>): Label[] {
  const found = Object.keys(keywords).filter((keyword) => keywords[keyword] && isLabel(keyword))
  learn(found)
  return found.sort().map(labelOf)
}

export function labelOf(keyword: string): Label {
  return { keyword, name: keyword.replaceAll('_', ' '), hue: hueOf(keyword) }
}

/** The keyword for a name that somebody typed: what IMAP cannot carry in an atom becomes `_`. */
export function keywordFor(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[\s(){%*"\\\]]+/g, '_')
    .replace(/[^\x21-\x7e]/g, '')
}

export function learn(keywords: readonly string[]): void {
  const fresh = keywords.filter((keyword) => !known.some((label) => label.keyword === keyword))
  if (fresh.length === 0) return
  known = [...known, ...fresh.map(labelOf)].sort((a, b) => a.name.localeCompare(b.name))
  localStorage.setItem(storageKey, JSON.stringify(known.map(({ keyword }) => keyword)))
  // Rows learn while they are drawn: tell afterwards.
  queueMicrotask(() => {
    for (const listener of listeners) listener()
  })
}

export function useLabels(): readonly Label[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    () => known,
  )
}

function readKnown(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    return Array.isArray(stored) ? stored.filter((keyword) => typeof keyword === 'string') : []
  } catch {
    return []
  }
}
