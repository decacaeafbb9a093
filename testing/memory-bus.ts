// A change bus within the process: every subscriber of the account hears every change, in the same turn.

import type { AccountChange, ChangeBus } from '#ports/change-bus.ts'

export function openMemoryBus(): ChangeBus {
  const listeners = new Map<string, Set<(change: AccountChange) => void>>()
  return {
    async publish(change) {
      for (const listener of listeners.get(change.account) ?? []) listener(change)
    },
    subscribe(account, listener) {
      const own = listeners.get(account) ?? new Set()
      listeners.set(account, own)
      own.add(listener)
      return () => void own.delete(listener)
    },
    async close() {
      listeners.clear()
    },
  }
}
