// Messages lately opened, by account and id, up to a number of octets on this node: what is asked of a message is asked in several
// calls (its text, an image in it, its size, then its bytes). Messages never change, so that nothing here can be stale.

import type { AccountId, EmailId } from '#shared/ids.ts'
import type { MessageSource } from './message-source.ts'

export interface MessageCache {
  get(account: AccountId, id: EmailId): MessageSource | undefined
  put(account: AccountId, id: EmailId, source: MessageSource, octets: number): void
  /** Decoded sizes of parts by section, to read and to add to: of a large message they cost the reading of it. */
  sizes(account: AccountId, id: EmailId): Map<string, number>
}

/** Large messages whose sizes are remembered. */
const maxMeasured = 1000

interface Entry {
  readonly source: MessageSource
  readonly octets: number
}

export function openMessageCache(maxBytes: number): MessageCache {
  // A Map keeps the order of insertion: the first is the one used longest ago.
  const entries = new Map<string, Entry>()
  let total = 0
  const sizes = new Map<string, Map<string, number>>()
  const keyOf = (account: AccountId, id: EmailId) => `${account}\n${id}`
  const drop = (key: string, entry: Entry) => {
    entries.delete(key)
    total -= entry.octets
  }
  return {
    get(account, id) {
      const key = keyOf(account, id)
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.source
    },
    put(account, id, source, octets) {
      const key = keyOf(account, id)
      const before = entries.get(key)
      if (before) drop(key, before)
      entries.set(key, { source, octets })
      total += octets
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break
        drop(oldest, entry)
      }
    },
    sizes(account, id) {
      const key = keyOf(account, id)
      const known = sizes.get(key) ?? new Map<string, number>()
      sizes.delete(key)
      sizes.set(key, known)
      if (sizes.size > maxMeasured) sizes.delete(sizes.keys().next().value!)
      return known
    },
  }
}
