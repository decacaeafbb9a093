// Whether this node is leaving: for good (SIGTERM), or until it is called back (`paquebot node drain`, `undrain`). Whoever holds
// something long hears of each time that it begins.

export interface Draining {
  isDraining(): boolean
  /** Calls `leave` when a drain begins, and at once when one is under way. Returns the way to stop listening. */
  subscribe(leave: () => void): () => void
  /** How many hold something long. */
  count(): number
}

export interface DrainSwitch extends Draining {
  set(isDraining: boolean): void
}

export function openDrainSwitch(): DrainSwitch {
  const listeners = new Set<() => void>()
  let isDraining = false
  return {
    isDraining: () => isDraining,
    count: () => listeners.size,
    subscribe(leave) {
      listeners.add(leave)
      if (isDraining) leave()
      return () => void listeners.delete(leave)
    },
    set(next) {
      if (next === isDraining) return
      isDraining = next
      if (isDraining) for (const leave of [...listeners]) leave()
    },
  }
}
