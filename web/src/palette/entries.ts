// What the palette offers: every key that is alive, every folder, every section of the settings, the looks, and a search.

import type { Mailbox } from '#shared/jmap/mail.ts'
import { folderName, folderPath } from '../mail/folders/folder-looks.tsx'
import type { Text } from '../shell/i18n.ts'
import type { useMailPlace } from '../shell/place.ts'
import { type Preferences, setPreferences } from '../shell/preferences.ts'
import { sectionNames } from '../shell/setting-sections.ts'
import { liveShortcuts, showKeys } from '../shell/shortcuts.ts'
import { type Match, matchLabel } from './match.ts'

export interface Entry {
  /** The same in every language, for what was used last. */
  readonly id: string
  readonly label: string
  /** What kind of thing it is, or where a folder lies: beside the label. */
  readonly group: string
  readonly keys?: string
  readonly run: () => unknown
}

export interface Found extends Entry {
  readonly ranges: Match['ranges']
}

export interface EntrySources {
  readonly t: Text
  readonly mailboxes: readonly Mailbox[]
  readonly place: ReturnType<typeof useMailPlace>
}

const themes: readonly Preferences['theme'][] = ['light', 'dark', 'system']

export function allEntries({ t, mailboxes, place }: EntrySources): Entry[] {
  // A later one with the same keys has taken them from the earlier.
  const taken = new Set<string>()
  const actions = [...liveShortcuts()].reverse().flatMap((shortcut): Entry[] => {
    const { id, keys, label, group } = shortcut
    if (id === 'palette' || !label || keys.every((one) => taken.has(one))) return []
    for (const one of keys) taken.add(one)
    const shown = keys[0] === undefined ? {} : { keys: showKeys(keys[0]) }
    // What asks which key it was, has none here.
    return [{ id: `key:${id}`, label, group, ...shown, run: () => shortcut.run(new KeyboardEvent('keydown')) }]
  })
  return [
    ...actions.reverse(),
    ...mailboxes.map((mailbox): Entry => {
      const above = folderPath(mailbox, mailboxes, t).slice(0, -1)
      return {
        id: `folder:${mailbox.role ?? mailbox.id}`,
        label: folderName(mailbox, t),
        group: [t('mail:folders'), ...above].join(' › '),
        run: () => place.openFolder(mailbox.role ?? mailbox.id),
      }
    }),
    ...sectionNames.map(
      (name): Entry => ({
        id: `settings:${name}`,
        label: t(`settings:sections.${name}`),
        group: t('settings:title'),
        run: () => place.openSettings(name),
      }),
    ),
    ...themes.map(
      (theme): Entry => ({
        id: `theme:${theme}`,
        label: t(`shell:theme.${theme}`),
        group: t('shell:theme.title'),
        run: () => setPreferences({ theme }),
      }),
    ),
  ]
}

const mostShown = 60

/** Those that fit, the best first; among equals what was used last, then as they come. */
export function findEntries(entries: readonly Entry[], typed: string, recent: readonly string[]): Found[] {
  const rank = (id: string) => {
    const at = recent.indexOf(id)
    return at === -1 ? 0 : recent.length - at
  }
  return entries
    .flatMap((entry) => {
      const match = matchLabel(entry.label, typed) ?? withGroup(entry, typed)
      return match ? [{ ...entry, ...match, rank: rank(entry.id) }] : []
    })
    .sort((a, b) => (typed.trim() === '' ? b.rank - a.rank : b.score - a.score || b.rank - a.rank))
    .slice(0, mostShown)
}

/** «settings vac»: found by what it is as well, and after those that are found by their name. */
function withGroup({ label, group }: Entry, typed: string): Match | null {
  const match = matchLabel(`${label} ${group}`, typed)
  if (!match) return null
  const ranges = match.ranges.flatMap(([from, to]) =>
    from < label.length ? [[from, Math.min(to, label.length)] as const] : [],
  )
  return { score: match.score - 10, ranges }
}

const recentKey = 'paquebot.palette'
const mostRecent = 20

export function recentEntries(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(recentKey) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

export function rememberEntry(id: string): void {
  try {
    const next = [id, ...recentEntries().filter((one) => one !== id)].slice(0, mostRecent)
    localStorage.setItem(recentKey, JSON.stringify(next))
  } catch {
    // A private window without storage forgets the order, nothing else.
  }
}
