// Code and words that are fetched when they are needed.

import { delayMs } from '../jmap/retry-policy.ts'
import { wakeableSleep } from '../jmap/transport.ts'

const mostAttempts = 6

/** What does not come is asked for again: a network that is gone for a moment must not take the page with it. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await load()
    } catch (error) {
      // With a network, code that does not come after a while never will.
      if (attempt >= mostAttempts && navigator.onLine) throw error
      console.warn('code', error)
      await wakeableSleep(delayMs(Math.min(attempt, mostAttempts)))
    }
  }
}
