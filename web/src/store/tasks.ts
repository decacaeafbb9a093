// Work that takes its time: shown with a bar until it is over, and stopped there (shell/task-list.tsx).

import { createSignal } from './signals.ts'

export interface Task {
  readonly id: number
  /** A key in strings with its values, as of a notice. */
  readonly text: string
  readonly values: Readonly<Record<string, string | number>>
  readonly done: number
  readonly total: number
  /** What is done stands, the rest is left. */
  readonly stop: () => void
}

export interface RunningTask {
  readonly signal: AbortSignal
  setDone(done: number): void
  end(): void
}

export interface TaskBoard {
  begin(text: string, values: Task['values'], total: number): RunningTask
  list(): readonly Task[]
  subscribe(listener: () => void): () => void
}

export function createTaskBoard(): TaskBoard {
  const signal = createSignal()
  let tasks: readonly Task[] = []
  let nextId = 0

  function show(next: readonly Task[]): void {
    tasks = next
    signal.emit()
  }

  return {
    begin(text, values, total) {
      const id = nextId++
      const abort = new AbortController()
      show([...tasks, { id, text, values, done: 0, total, stop: () => abort.abort() }])
      return {
        signal: abort.signal,
        setDone: (done) => show(tasks.map((task) => (task.id === id ? { ...task, done } : task))),
        end: () => show(tasks.filter((task) => task.id !== id)),
      }
    },
    list: () => tasks,
    subscribe: signal.subscribe,
  }
}
