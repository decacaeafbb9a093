// The messages of the account that sleep, by the id of the message: read once they are asked for, and anew whenever the server says so.

import { useSyncExternalStore } from 'react'
import type { Snooze } from '#shared/jmap/settings.ts'
import { type MailStore, useStore } from '../../store/index.ts'

type ByEmail = ReadonlyMap<string, Snooze>
interface Held {
  readonly list: () => ByEmail
  readonly subscribe: (listener: () => void) => () => void
}

const held = new WeakMap<MailStore, Held>()

export function useSnoozes(): ByEmail {
  const store = useStore()
  const { subscribe, list } = snoozesOf(store)
  return useSyncExternalStore(subscribe, list)
}

export function snoozesOf(store: MailStore): Held {
  const known = held.get(store)
  if (known) return known
  const { client } = store
  const listeners = new Set<() => void>()
  let byEmail: ByEmail = new Map()
  async function read(): Promise<void> {
    try {
      const { list } = await client.call('Snooze/get', { accountId: client.accountId, ids: null })
      byEmail = new Map(list.map((snooze) => [snooze.emailId, snooze]))
      for (const listener of listeners) listener()
    } catch (error) {
      // Rows show when they came meanwhile; the banner tells of a server that does not answer.
      console.warn('snoozes', error)
    }
  }
  void read()
  store.subscribePushed((states) => {
    if (states === null || 'Snooze' in states) void read()
  })
  const made: Held = {
    list: () => byEmail,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
  held.set(store, made)
  return made
}
