// Moves all that one blob store holds to the others, both rooms of it: the work of a drain. It can be broken off and begun again at any
// time, and run on two nodes at once.

import type { BlobStores } from './blob-stores.ts'

export interface MoveTotal {
  readonly moved: number
  readonly movedBytes: number
  /** Blobs that are still there: the log says why. */
  readonly failed: number
}

const batch = 100

export async function moveAll(deps: {
  readonly stores: NonNullable<BlobStores['spread']>
  readonly name: string
  readonly signal: AbortSignal
  /** Also what no row names, written before there were several stores: lists the whole store. */
  readonly isThorough: boolean
  readonly onProgress?: (total: MoveTotal) => void
}): Promise<MoveTotal> {
  const { stores, name, signal } = deps
  let total = { moved: 0, movedBytes: 0, failed: 0 }
  for (const spread of [stores.blobs, stores.snapshots]) {
    if (deps.isThorough) await spread.adopt(name, signal)
    for (let after = '', isDone = false; !isDone; ) {
      const report = await spread.moveOn(name, after, batch, signal)
      total = {
        moved: total.moved + report.moved,
        movedBytes: total.movedBytes + report.movedBytes,
        failed: total.failed + report.failed,
      }
      deps.onProgress?.(total)
      ;({ last: after, isDone } = report)
    }
  }
  return total
}
