// Where messages are read, for the account: in the browser's preferences too, so that the first paint is right.

import { useCallback, useEffect } from 'react'
import { preferences, type ReadingPane, setPreferences } from '../shell/preferences.ts'
import { useSetting } from './account-settings.ts'

export const readingPanes = ['right', 'below', 'none'] as const satisfies readonly ReadingPane[]

/** What was chosen elsewhere holds here as well. */
export function useAccountReadingPane(): void {
  const [{ readingPane }] = useSetting('appearance')
  useEffect(() => {
    const known = readingPanes.find((pane) => pane === readingPane)
    if (known && known !== preferences().readingPane) setPreferences({ readingPane: known })
  }, [readingPane])
}

/** Rejects when it could not be kept; then all is as before. */
export function useReadingPaneChoice(): (readingPane: ReadingPane) => Promise<void> {
  const [, change] = useSetting('appearance')
  return useCallback(
    async (readingPane) => {
      const before = preferences().readingPane
      setPreferences({ readingPane })
      try {
        await change({ readingPane })
      } catch (error) {
        setPreferences({ readingPane: before })
        throw error
      }
    },
    [change],
  )
}
