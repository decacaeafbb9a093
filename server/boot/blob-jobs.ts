// What the blob stores want done now and then, by whichever node: second copies, the moving of what a draining store holds, fill levels,
// and what dead writers left.

import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { Job } from '#jobs/schedule.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { BlobStores } from './blob-stores.ts'
import { moveAll } from './move-blobs.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** No upload takes so long: its request has ended by then. */
const deadWriterMs = 24 * hourMs

export function blobJobs(deps: {
  readonly config: Config
  readonly stores: BlobStores
  /** As the node uses it: a plugin's around those, where one is configured. */
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Log
}): readonly Job[] {
  const { stores, clock, log } = deps
  const { spread } = stores
  const jobs: Job[] = [
    {
      name: 'blobs.tidy',
      everyMs: hourMs,
      async run(signal) {
        const before = clock.now() - deadWriterMs
        const removed = (await deps.blobs.tidy(before, signal)) + (await stores.snapshots.tidy(before, signal))
        if (removed > 0) log.info('blob.tidied', { removed })
      },
    },
    ...stores.redundant.map((redundant) => ({
      name: `blobs.repair.${redundant.name}`,
      everyMs: deps.config.blob.repairInterval,
      async run(signal: AbortSignal) {
        const report = await redundant.repair({ isDeep: false, mayMend: true, signal })
        const event = report.lost.length > 0 ? log.error : log.info
        event('blob.repair', { store: redundant.name, ...report })
      },
    })),
  ]
  if (!spread) return jobs
  return [
    ...jobs,
    { name: 'blobs.measure', everyMs: 10 * minuteMs, run: () => stores.places.measure() },
    {
      name: 'blobs.move',
      everyMs: minuteMs,
      async run(signal) {
        for (const { name, state } of (await stores.places.status()).values()) {
          if (state !== 'draining' || !stores.top.some((store) => store.name === name)) continue
          const report = await moveAll({ stores: spread, name, signal, isThorough: false })
          if (report.moved + report.failed > 0) log.info('blob.drained', { store: name, ...report })
        }
      },
    },
  ]
}
