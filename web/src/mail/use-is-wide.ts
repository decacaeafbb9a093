// Whether list and reading pane fit beside one another.

import { useSyncExternalStore } from 'react'

const query = matchMedia('(min-width: 64rem)')

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
