// This node's worker at the outbox.

import type { Submissions } from '#domain/submission/index.ts'
import { type DueWorker, type DueWorkerDeps, startDueWorker } from './due-worker.ts'

export interface OutboxWorkerDeps extends Omit<DueWorkerDeps, 'name' | 'work'> {
  readonly submissions: Pick<Submissions, 'deliverDue' | 'nextDue' | 'sendScouts'>
}

export function startOutboxWorker({ submissions, ...deps }: OutboxWorkerDeps): DueWorker {
  return startDueWorker({
    ...deps,
    name: 'outbox.worker',
    async work(signal) {
      const scoutAt = await submissions.sendScouts()
      await submissions.deliverDue(signal)
      const nextAt = await submissions.nextDue()
      return nextAt === null || scoutAt === null ? (nextAt ?? scoutAt) : Math.min(nextAt, scoutAt)
    },
  })
}
