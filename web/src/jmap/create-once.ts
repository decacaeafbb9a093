// Creations whose answer was lost. Nobody knows then whether the server has done it: it is looked for, by something that only this
// creation can have, and asked for again when it is not there. docs/adr/2026-11-22-what-is-repeated.md.

import type { SetError } from '#shared/jmap/core.ts'
import { JmapError } from './methods.ts'
import { delayMs } from './retry-policy.ts'
import { wakeableSleep } from './transport.ts'

const maxRepeats = 5

/** @param find the created thing, or null: it was not created. Waits for the server by itself, being a read. */
export async function createOnce<T>(
  create: () => Promise<T>,
  find: () => Promise<T | null>,
  sleep: (ms: number) => Promise<void> = wakeableSleep,
): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await create()
    } catch (error) {
      if (!mayHaveHappened(error) || repeats >= maxRepeats) throw error
      await sleep(delayMs(repeats))
      const found = await find()
      if (found !== null) return found
    }
  }
}

/** No answer; or one of a server that had none from the server behind it, which may have done it all the same. */
function mayHaveHappened(error: unknown): boolean {
  return error instanceof JmapError && (error.type === 'network' || error.type === 'serverUnavailable')
}

/** What an item of a /set was refused for, as an error: `createOnce` knows by it what may pass. */
export function refusalOf(refused: SetError | undefined, otherwise: JmapError['type'] = 'serverFail'): JmapError {
  const type = refused?.type === 'serverUnavailable' ? refused.type : otherwise
  return new JmapError(type, refused?.description ?? refused?.type)
}
