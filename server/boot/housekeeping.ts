// The jobs of housekeeping: what each domain and store wants done now and then, by whichever node.

import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { Job } from '#jobs/schedule.ts'
import { blobJobs } from './blob-jobs.ts'
import type { Domains } from './domains.ts'
import type { MailParts } from './mail.ts'
import type { Storage } from './storage.ts'

const minuteMs = 60_000

export function housekeeping(deps: {
  readonly config: Config
  readonly domains: Domains
  readonly storage: Storage
  readonly mail: MailParts
  readonly clock: Clock
  readonly log: Log
}): readonly Job[] {
  const { config, domains, storage, mail, clock, log } = deps
  const jobs: Job[] = [
    { name: 'push.sweep', everyMs: 60 * minuteMs, run: () => domains.subscriptions.sweep() },
    { name: 'sessions.sweep', everyMs: 10 * minuteMs, run: () => domains.sessions.sweep() },
    {
      name: 'uploads.collect',
      everyMs: 10 * minuteMs,
      run: async () => void (await domains.uploads.collect(clock.now())),
    },
    {
      name: 'uploads.orphans',
      everyMs: 24 * 60 * minuteMs,
      run: async (signal) => void (await domains.uploads.collectOrphans(clock.now(), signal)),
    },
    { name: 'submissions.sweep', everyMs: 60 * minuteMs, run: async () => void (await domains.submissions.sweep()) },
    { name: 'unsubscribe.sweep', everyMs: 60 * minuteMs, run: () => domains.unsubscribe.sweep() },
    { name: 'alerts.sweep', everyMs: 60 * minuteMs, run: () => domains.alerts.sweep() },
    { name: 'mail.sweep', everyMs: 60 * minuteMs, run: (signal) => mail.sweep(signal) },
    { name: 'mail.orphans', everyMs: 24 * 60 * minuteMs, run: (signal) => mail.collectOrphans(signal) },
  ]
  const { split } = storage
  if (split) jobs.push({ name: 'sql.sweep', everyMs: 60 * minuteMs, run: () => split.sweep() })
  return [...jobs, ...blobJobs({ config, stores: storage.blobStores, blobs: storage.blobs, clock, log })]
}
