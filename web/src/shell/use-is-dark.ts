// Whether the page is dark right now: by the person's choice, else by the system's.

import { useSyncExternalStore } from 'react'
import { usePreferences } from './preferences.ts'

const query = () => matchMedia('(prefers-color-scheme: dark)')

export function useIsDark(): boolean {
  const { theme } = usePreferences()
  const isSystemDark = useSyncExternalStore(
    (listener) => {
      const system = query()
      system.addEventListener('change', listener)
      return () => system.removeEventListener('change', listener)
    },
    () => query().matches,
  )
  return theme === 'system' ? isSystemDark : theme === 'dark'
}
