// What was read of messages and never changes, bounded by octets, least lately used first to go.

export interface Lru<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value, bytes: number): void
  clear(): void
  readonly bytes: number
}

export function createLru<Value>(maxBytes: number): Lru<Value> {
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>()
  let total = 0
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, bytes) {
      const before = entries.get(key)
      if (before) total -= before.bytes
      entries.delete(key)
      entries.set(key, { value, bytes })
      total += bytes
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break
        entries.delete(oldest)
        total -= entry.bytes
      }
    },
    clear() {
      entries.clear()
      total = 0
    },
    get bytes() {
      return total
    },
  }
}
