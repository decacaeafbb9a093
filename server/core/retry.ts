// Backoff with full jitter. Who retries decides what may be retried, and how often.

export interface Backoff {
  readonly baseMs: number
  readonly maxMs: number
}

/** The wait before attempt `n` (0 = first retry): uniform in [0, min(max, base · 2^n)]. */
export function backoffMs(policy: Backoff, n: number, random = Math.random): number {
  return random() * Math.min(policy.maxMs, policy.baseMs * 2 ** n)
}
