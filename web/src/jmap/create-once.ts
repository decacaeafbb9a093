// Creations whose answer was lost. Nobody knows then whether the server has done it: it is looked for, by something that only this
// creation can have, and asked for again when it is not there. docs/adr/2026-11-22-what-is-repeated.md.

import { JmapError } from './methods.ts'

const maxRepeats = 5

/** @param find the created thing, or null: it was not created. Waits for the server by itself, being a read. */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | null>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await create()
    } catch (error) {
      if (!(error instanceof JmapError) || error.type !== 'network' || repeats >= maxRepeats) throw error
      const found = await find()
      if (found !== null) return found
    }
  }
}
