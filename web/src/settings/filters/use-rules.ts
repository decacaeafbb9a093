// The rules on a screen: shown as changed at once, put right by what the server then has.

import { useCallback, useEffect, useRef, useState } from 'react'
import type { FilterRules } from '#shared/jmap/filters.ts'
import { useStore } from '../../store/index.ts'
import { useSaving } from '../use-saving.ts'
import { changeRules, type RulesChange, readRules } from './filter-rules.ts'

export function useRules() {
  const { client, undo } = useStore()
  const [rules, setRules] = useState<FilterRules | null>(null)
  const { state, run, read, reset } = useSaving()
  const underway = useRef(0)
  const load = useCallback(
    () =>
      read(async () => {
        setRules((await readRules(client)).rules)
      }),
    [client, read],
  )
  useEffect(() => {
    void load()
  }, [load])

  const change = useCallback(
    (wanted: RulesChange): Promise<boolean> => {
      underway.current++
      setRules((now) => now && { ...now, ...wanted(now) })
      return run(async () => {
        try {
          const after = await changeRules(client, wanted)
          // A later change is already shown, and has its own answer to come.
          if (underway.current === 1) setRules(after)
        } catch (error) {
          const { rules: actual } = await readRules(client).catch(() => ({ rules: null }))
          if (actual) setRules(actual)
          throw error
        } finally {
          underway.current--
        }
      })
    },
    [client, run],
  )

  /** With a way back, offered as long as notices are. */
  const changeWithUndo = useCallback(
    async (wanted: RulesChange, notice: { text: string; values?: Record<string, string> }, back: RulesChange) => {
      if (!(await change(wanted))) return
      undo.push({
        ...notice,
        undo: async () => {
          if (!(await change(back))) undo.push({ text: 'filters:notUndone', kind: 'error' })
        },
      })
    },
    [change, undo],
  )

  return { rules, state, load, change, changeWithUndo, reset }
}
