// Labels are keywords on the messages themselves, so that any mail program sees them (RFC 8621 §4.1.1). What people call them is in the
// person's settings (`labels`); without those it is read out of the keyword.

import { useSyncExternalStore } from 'react'
import type { JmapClient } from '../../jmap/client.ts'
import { changeSetting, useSetting } from '../../settings/account-settings.ts'
import { hueOf } from '../../ui/avatar.tsx'
import { keywordFor, nameIn } from './label-keyword.ts'

export interface Label {
  readonly keyword: string
  readonly name: string
  readonly hue: number
}

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
/** Of this page: seen on messages. */
let seen: readonly string[] = []
/** As the settings have them. */
let names: Readonly<Record<string, string>> = {}

export function isLabel(keyword: string): boolean {
  return !keyword.startsWith('$') && !keyword.startsWith('\\') && !notLabels.has(keyword.toLowerCase())
}

export function labelsOf(keywords: Readonly<Record<string, boolean>>): Label[] {
  const found = Object.keys(keywords).filter((keyword) => keywords[keyword] && isLabel(keyword))
  see(found)
  return found.sort().map(labelOf)
}

export function labelOf(keyword: string): Label {
  const name = Object.hasOwn(names, keyword) ? names[keyword] : undefined
  return { keyword, name: name ?? nameIn(keyword), hue: hueOf(keyword) }
}

/** Makes a label known to all of the person's browsers. The name as typed, its capitals included. */
export async function keepLabel(client: JmapClient, name: string): Promise<string> {
  const keyword = keywordFor(name)
  see([keyword])
  await changeSetting(client, 'labels', { names: { [keyword]: name.normalize('NFC').trim().slice(0, 100) } })
  return keyword
}

function see(keywords: readonly string[]): void {
  const fresh = keywords.filter((keyword) => !seen.includes(keyword))
  if (fresh.length === 0) return
  seen = [...seen, ...fresh]
  // Rows learn while they are drawn: tell afterwards.
  queueMicrotask(() => {
    for (const listener of listeners) listener()
  })
}

/** All that are known, by name. Reads the settings when it is first used. */
export function useLabels(): readonly Label[] {
  const [setting] = useSetting('labels')
  const here = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    () => seen,
  )
  names = setting.names
  return [...new Set([...Object.keys(names), ...here])].map(labelOf).sort((a, b) => a.name.localeCompare(b.name))
}
