// MailStateStore and SnapshotStore in memory. Two mail stores given the same ones are two nodes of one cluster.

import type { MailStateStore } from '#ports/mail-state-store.ts'
import type { SnapshotStore } from '#ports/snapshot-store.ts'

export function openMemoryMailState(): MailStateStore {
  const kept = new Map<string, Map<string, string>>()
  const entriesOf = (account: string, kind: string) => {
    const key = `${account} ${kind}`
    const entries = kept.get(key) ?? new Map<string, string>()
    kept.set(key, entries)
    return entries
  }
  return {
    async get(account, kind, keys) {
      const entries = entriesOf(account, kind)
      return new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key) as string] as const] : [])))
    },
    async all(account, kind) {
      return new Map(entriesOf(account, kind))
    },
    async mailboxes(account) {
      return { aliases: new Map(entriesOf(account, 'mailbox')), roles: new Map(entriesOf(account, 'role')) }
    },
    async put(account, kind, entries) {
      for (const [key, value] of entries) entriesOf(account, kind).set(key, value)
    },
    async putFirst(account, kind, key, value) {
      const entries = entriesOf(account, kind)
      if (!entries.has(key)) entries.set(key, value)
      return entries.get(key) as string
    },
  }
}

export function openMemorySnapshots(): SnapshotStore & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>()
  return {
    kept,
    async get(key) {
      return kept.get(key) ?? null
    },
    async put(key, bytes) {
      kept.set(key, Uint8Array.from(bytes))
    },
    async delete(key) {
      kept.delete(key)
    },
  }
}
