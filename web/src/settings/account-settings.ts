// Choices that follow a person from browser to browser: the Settings objects of our JMAP capability (docs/jmap-extensions.md),
// one per subject. Read once, shown at once when changed, patched by path so that two devices do not overwrite one another.

import { useCallback, useEffect, useSyncExternalStore } from 'react'
import type { GetRequest, GetResponse, SetRequest, SetResponse } from '#shared/jmap/core.ts'
import type { Settings, Template } from '#shared/jmap/settings.ts'
import type { JmapClient } from '../jmap/client.ts'
import type { MethodShape } from '../jmap/methods.ts'
import type { ReadingPane } from '../shell/preferences.ts'
import { useStore } from '../store/index.ts'

declare module '../jmap/methods.ts' {
  interface Methods {
    'Settings/get': MethodShape<GetRequest, GetResponse<Settings>>
    'Settings/set': MethodShape<SetRequest<Settings>, SetResponse<Settings>>
    'Template/get': MethodShape<GetRequest, GetResponse<Template>>
    'Template/set': MethodShape<SetRequest<Template>, SetResponse<Template>>
  }
}

/** The subjects that this client keeps, and what each holds until somebody chooses. */
export const settingDefaults = {
  'remote-content': { mode: 'ask', senders: {} } as {
    readonly mode: 'ask' | 'always' | 'never'
    readonly senders: Readonly<Record<string, true>>
  },
  reading: { markRead: 'open', format: 'html', isDarkMail: true } as {
    readonly markRead: 'open' | 'later' | 'never'
    readonly format: 'html' | 'plain'
    /** Whether messages are shown dark with the rest. */
    readonly isDarkMail: boolean
  },
  composing: { undoSeconds: 10, format: 'html', identityId: null, isNameAsked: false } as {
    readonly undoSeconds: number
    readonly format: 'html' | 'plain'
    /** The identity that new messages start with. */
    readonly identityId: string | null
    /** Whoever has no name has been asked for one. */
    readonly isNameAsked: boolean
  },
  appearance: { readingPane: null } as {
    /** Null: as each browser has it. */
    readonly readingPane: ReadingPane | null
  },
  invitations: { answers: {} } as {
    /** What was answered to an event, by its uid (mail/cards/answer-invitation.ts). */
    readonly answers: Readonly<Record<string, 'accepted' | 'tentative' | 'declined'>>
  },
  folders: { favourites: {} } as {
    /** Folders that stand above the tree as well, by id. */
    readonly favourites: Readonly<Record<string, true>>
  },
  searches: { recent: {}, saved: {} } as {
    /** When each was last made, as a UTC date. */
    readonly recent: Readonly<Record<string, string>>
    /** What is searched for, everywhere, by the name it was given. */
    readonly saved: Readonly<Record<string, string>>
  },
  labels: { names: {} } as {
    /** What people call the labels that they made, by keyword. */
    readonly names: Readonly<Record<string, string>>
  },
} as const
export type SettingKey = keyof typeof settingDefaults
export type SettingValue<K extends SettingKey> = (typeof settingDefaults)[K]

interface Held {
  readonly values: Map<SettingKey, object>
  readonly listeners: Set<() => void>
  loading: Promise<void> | undefined
  isLoaded: boolean
}

const held = new WeakMap<JmapClient, Held>()

function holdFor(client: JmapClient): Held {
  let entry = held.get(client)
  if (!entry) {
    entry = { values: new Map(), listeners: new Set(), loading: undefined, isLoaded: false }
    held.set(client, entry)
  }
  return entry
}

/** Reads all subjects, once for the page. A server that does not answer leaves the defaults, and is asked again next time. */
export function loadSettings(client: JmapClient): Promise<void> {
  const entry = holdFor(client)
  entry.loading ??= (async () => {
    try {
      const ids = Object.keys(settingDefaults) as SettingKey[]
      const { list } = await client.call('Settings/get', { accountId: client.accountId, ids })
      for (const { id, value } of list) {
        const key = id as SettingKey
        entry.values.set(key, { ...settingDefaults[key], ...value })
      }
      entry.isLoaded = true
      tell(entry)
    } catch (error) {
      entry.loading = undefined
      throw error
    }
  })()
  return entry.loading
}

export function readSetting<K extends SettingKey>(client: JmapClient, key: K): SettingValue<K> {
  return (holdFor(client).values.get(key) as SettingValue<K> | undefined) ?? settingDefaults[key]
}

/** `change` names members; a member that is an object is merged, its members set to null are taken away. */
export async function changeSetting<K extends SettingKey>(
  client: JmapClient,
  key: K,
  change: {
    readonly [M in keyof SettingValue<K>]?: SettingValue<K>[M] | Readonly<Record<string, string | true | null>>
  },
): Promise<void> {
  const entry = holdFor(client)
  const before = readSetting(client, key)
  const next: Record<string, unknown> = { ...before }
  const patch: Record<string, unknown> = {}
  for (const [member, value] of Object.entries(change)) {
    if (typeof value !== 'object' || value === null) {
      next[member] = value
      patch[`value/${member}`] = value
      continue
    }
    const merged = new Map(Object.entries(next[member] as object))
    for (const [name, inner] of Object.entries(value)) {
      if (inner === null) merged.delete(name)
      else merged.set(name, inner)
      // RFC 6901 §3: the only two characters that a pointer escapes.
      patch[`value/${member}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`] = inner
    }
    next[member] = Object.fromEntries(merged)
  }
  entry.values.set(key, next)
  tell(entry)
  try {
    const { notUpdated } = await client.call('Settings/set', { accountId: client.accountId, update: { [key]: patch } })
    const refused = notUpdated?.[key]
    if (refused) throw new Error(refused.description ?? refused.type)
  } catch (error) {
    entry.values.set(key, before)
    tell(entry)
    throw error
  }
}

export function useSetting<K extends SettingKey>(key: K) {
  const { client } = useStore()
  const value = useSyncExternalStore(
    useCallback((listener) => subscribe(client, listener), [client]),
    () => readSetting(client, key),
  )
  useEffect(() => {
    // Told by the connection state already; the defaults hold meanwhile.
    loadSettings(client).catch(() => {})
  }, [client])
  const change = useCallback(
    (wanted: Parameters<typeof changeSetting<K>>[2]) => changeSetting(client, key, wanted),
    [client, key],
  )
  return [value, change] as const
}

function subscribe(client: JmapClient, listener: () => void): () => void {
  const { listeners } = holdFor(client)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

function tell(entry: Held): void {
  for (const listener of entry.listeners) listener()
}
