// Saving with its outcome told: what every section with a button needs.

import { useCallback, useState } from 'react'
import type { SetError } from '#shared/jmap/core.ts'
import { refusalOf } from '../jmap/create-once.ts'

export type SavingState = 'idle' | 'saving' | 'saved' | { readonly error: string }

export function useSaving() {
  const [state, setState] = useState<SavingState>('idle')
  const attempt = useCallback(async (work: () => Promise<void>, done: SavingState): Promise<boolean> => {
    try {
      await work()
      setState(done)
      return true
    } catch (error) {
      setState({ error: error instanceof Error ? error.message : String(error) })
      return false
    }
  }, [])
  const run = useCallback(
    (work: () => Promise<void>) => {
      setState('saving')
      return attempt(work, 'saved')
    },
    [attempt],
  )
  /** What is only read is not told of when all is well. */
  const read = useCallback((work: () => Promise<void>) => attempt(work, 'idle'), [attempt])
  const reset = useCallback(() => setState('idle'), [])
  return { state, run, read, reset }
}

/** The first thing that a set call refused, as an error; but for `wanted`: what is to go and is gone, when an answer was lost. */
export function throwRefusal(refused: Readonly<Record<string, SetError>> | null, wanted?: 'notFound'): void {
  const first = Object.values(refused ?? {}).find(({ type }) => type !== wanted)
  if (first?.type === 'serverUnavailable') throw refusalOf(first)
  if (first) throw new Error(first.description ?? first.type)
}
