// How many requests an account has running on this node: maxConcurrentRequests and maxConcurrentUpload (RFC 8620 §2). Counted per
// node: a fleet allows more than it announces, never less.

export interface Concurrency {
  /** False when the account has as many as it may; else call `leave` once. */
  enter(account: string): boolean
  leave(account: string): void
}

export function openConcurrency(max: number): Concurrency {
  const running = new Map<string, number>()
  return {
    enter(account) {
      const count = running.get(account) ?? 0
      if (count >= max) return false
      running.set(account, count + 1)
      return true
    },
    leave(account) {
      const count = running.get(account) ?? 0
      if (count > 1) running.set(account, count - 1)
      else running.delete(account)
    },
  }
}
