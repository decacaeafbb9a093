// Reads what sleeps once for each sign-in, because the server gives those that waited for a new password the one that is signed in with, and
// says so where that does not help.

import { useEffect } from 'react'
import { useStore } from '../../store/index.ts'
import { useSnoozes } from './snoozes.ts'

export default function SnoozeSync() {
  const { undo } = useStore()
  const isStuck = [...useSnoozes().values()].some(({ isSignInNeeded }) => isSignInNeeded)
  useEffect(() => {
    if (isStuck) undo.push({ text: 'snooze:signInNeeded', kind: 'error' })
  }, [isStuck, undo])
  return null
}
