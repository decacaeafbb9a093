// A lease: one holder at a time in the whole cluster, for a bounded time, with a number that only grows. Whoever writes
// under a lease passes that fence to the writer, which refuses a smaller one: a holder that slept loses, it does not corrupt.

export interface Lease {
  readonly name: string
  /** Grows with each acquisition of that name. */
  readonly fence: number
  /** Aborted when the lease is lost or could not be renewed in time. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

export interface Lock {
  /** Null when somebody else holds it. The lease renews itself at a sixth of its `ttlMs` until released. */
  tryAcquire(name: string, ttlMs: number): Promise<Lease | null>
  close(): Promise<void>
}
