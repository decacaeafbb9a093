// This node's worker at messages that sleep.

import type { Snoozes } from '#domain/snoozes/index.ts'
import { type DueWorker, type DueWorkerDeps, startDueWorker } from './due-worker.ts'

export interface SnoozeWorkerDeps extends Omit<DueWorkerDeps, 'name' | 'work'> {
  readonly snoozes: Pick<Snoozes, 'returnDue' | 'nextDue'>
}

export function startSnoozeWorker({ snoozes, ...deps }: SnoozeWorkerDeps): DueWorker {
  return startDueWorker({
    ...deps,
    name: 'snooze.worker',
    async work(signal) {
      await snoozes.returnDue(signal)
      return snoozes.nextDue()
    },
  })
}
