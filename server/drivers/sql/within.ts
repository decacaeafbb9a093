// A bound on time for whatever a database server is asked: it may hang with its sockets open (SIGSTOP, a power cut without a reset).

import { Failure } from '#core/errors.ts'

/** Rejects with `timeout` when `work` is not done in time, after `onLate` has ended it. */
export function within<T>(limitMs: number, what: string, work: Promise<T>, onLate: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      // Timers run before sockets are read: after a pause of this process the answer may lie there already. Two turns of the loop
      // read it, so that our own pause is not taken for theirs.
      setImmediate(() => setImmediate(late))
    }, limitMs)
    let isDone = false
    function late(): void {
      if (isDone) return
      isDone = true
      reject(new Failure('timeout', { trouble: 'lost', what, limitMs }))
      onLate()
    }
    const end = (settle: () => void) => {
      clearTimeout(timer)
      if (isDone) return
      isDone = true
      settle()
    }
    work.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    )
  })
}
