// Where messages are read: as was chosen if there is room for it beside or below the list, else in the list's place.

import { useSyncExternalStore } from 'react'
import { type ReadingPane, usePreferences } from '../shell/preferences.ts'

// The same as in index.module.css.
const rooms = {
  right: matchMedia('(min-width: 64rem)'),
  below: matchMedia('(min-width: 48rem) and (min-height: 36rem)'),
} as const

export function useReadingPane(): ReadingPane {
  const { readingPane } = usePreferences()
  const hasRoom = useSyncExternalStore(subscribe, () => readingPane !== 'none' && rooms[readingPane].matches)
  return hasRoom ? readingPane : 'none'
}

function subscribe(listener: () => void): () => void {
  const all = Object.values(rooms)
  for (const room of all) room.addEventListener('change', listener)
  return () => {
    for (const room of all) room.removeEventListener('change', listener)
  }
}
