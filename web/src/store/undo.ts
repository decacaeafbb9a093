// What was done and how to take it back. The toasts listen; `z` undoes the newest that still can be.

import type { Notice, UndoStack } from './types.ts'

const maxKept = 50

export function createUndoStack(): UndoStack {
  const done: Notice[] = []
  const listeners = new Set<(notice: Notice) => void>()
  const undoneListeners = new Set<(notice: Notice) => void>()
  return {
    push(notice) {
      const { undo } = notice
      let isUndone = false
      const entry: Notice = undo
        ? {
            ...notice,
            // Once only, be it by the toast or by the key.
            undo: () => {
              if (isUndone) return
              isUndone = true
              if (done.includes(entry)) done.splice(done.indexOf(entry), 1)
              for (const listener of undoneListeners) listener(entry)
              return undo()
            },
          }
        : notice
      if (undo) done.push(entry)
      if (done.length > maxKept) done.shift()
      for (const listener of listeners) listener(entry)
    },
    undoLast() {
      const notice = done.at(-1)
      if (!notice) return false
      void notice.undo?.()
      return true
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    subscribeUndone(listener) {
      undoneListeners.add(listener)
      return () => {
        undoneListeners.delete(listener)
      }
    },
  }
}
