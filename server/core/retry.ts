// Backoff with full jitter, bounded in count and time; only for failures that say they may pass.

import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes, toFailure } from './errors.ts'

export interface RetryPolicy {
  readonly attempts: number
  readonly baseMs: number
  readonly maxMs: number
}

/** The wait before attempt `n` (0 = first retry): uniform in [0, min(max, base · 2^n)]. */
export function backoffMs(policy: Pick<RetryPolicy, 'baseMs' | 'maxMs'>, n: number, random = Math.random): number {
  return random() * Math.min(policy.maxMs, policy.baseMs * 2 ** n)
}

/** Runs `work` until it succeeds, fails for good, or the attempts are used up; then throws the last failure. */
export async function retry<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      const failure = toFailure(error)
      if (!errorCodes[failure.code].retry || attempt + 1 >= policy.attempts) throw failure
      await sleep(backoffMs(policy, attempt), undefined, { signal })
    }
  }
}
