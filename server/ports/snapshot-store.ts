// Bytes that save work and may vanish at any time: a mail driver's index, so that another node starts warm. The driver checks
// what it reads, and does without when there is nothing.

export interface SnapshotStore {
  /** Null when there is none. */
  get(key: string, signal: AbortSignal): Promise<Uint8Array | null>
  /** The latest wins. */
  put(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  delete(key: string, signal: AbortSignal): Promise<void>
}
