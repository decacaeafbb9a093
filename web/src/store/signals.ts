// Listeners by key: who is told when the record of that key changes.

export function createSignals() {
  const listeners = new Map<string, Set<() => void>>()
  return {
    subscribe(key: string, listener: () => void): () => void {
      let set = listeners.get(key)
      if (!set) listeners.set(key, (set = new Set()))
      const entry = () => listener()
      set.add(entry)
      return () => {
        set.delete(entry)
        if (set.size === 0 && listeners.get(key) === set) listeners.delete(key)
      }
    },
    emit(key: string): void {
      for (const listener of [...(listeners.get(key) ?? [])]) listener()
    },
    isWatched: (key: string) => listeners.has(key),
  }
}

export function createSignal() {
  const signals = createSignals()
  return {
    subscribe: (listener: () => void) => signals.subscribe('', listener),
    emit: () => signals.emit(''),
    isWatched: () => signals.isWatched(''),
  }
}
