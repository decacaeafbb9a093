// One node's turn at one submission: claim, send, file, release. Any node may do any part of it.
//
// The claim gives a lease and a fence. Every write names the fence, so that a worker that slept past its lease, or whose
// submission was canceled under it, changes nothing; and the last write before the final dot is such a write, so that it sends
// nothing either. What that leaves open is docs/adr/2026-11-22-outbox.md.

import { isFailure, toFailure } from '#core/errors.ts'
import { asReader } from '#ports/sql.ts'
import { attemptSend, type WorkerDeps } from './attempt.ts'
import { fileMessage } from './file-message.ts'
import { type Held, hold, waitMs } from './held.ts'
import { claim, dueSubmissions, readSubmission } from './store.ts'
import { resolveUncertain } from './witness.ts'

/** How many messages a node sends at once. */
const concurrency = 8

/** Works through what is due; resolves to how many were done. */
export async function deliverDue(deps: WorkerDeps, signal: AbortSignal): Promise<number> {
  const due = await dueSubmissions(deps.sql.readFresh(), deps.clock.now(), 200)
  let done = 0
  const queue = [...due]
  const work = async () => {
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
      if (await deliverOne(deps, next.id, Number(next.fence), signal)) done++
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, work))
  return done
}

/** False when somebody else was first. */
async function deliverOne(deps: WorkerDeps, id: string, seenFence: number, stop: AbortSignal): Promise<boolean> {
  const now = deps.clock.now()
  const row = await deps.sql.write({ position: null }, async (tx) => {
    const isOurs = await claim(tx, id, seenFence, now + deps.config.leaseMs, now)
    return isOurs ? readSubmission(asReader(tx), id) : null
  })
  if (!row) return false
  const lost = new AbortController()
  const held = hold(deps, row, AbortSignal.any([stop, lost.signal]))
  const renewing = setInterval(() => {
    held
      .save({ lease_until: deps.clock.now() + deps.config.leaseMs }, false)
      .catch((error) => lost.abort(toFailure(error)))
  }, deps.config.leaseMs / 3)
  try {
    await deps.onStep?.('claimed', id)
    await work(deps, held)
  } catch (error) {
    // Canceled under us, or another node's by now: whoever has it goes on from what is written.
    if (isFailure(error, 'conflict', 'canceled'))
      deps.log.info('outbox.left', { id, code: error.code, ...error.detail })
    else await postpone(deps, held, error)
  } finally {
    clearInterval(renewing)
  }
  return true
}

async function work(deps: WorkerDeps, held: Held): Promise<void> {
  if (held.row.phase === 'committing') await resolveUncertain(deps, held)
  if (held.row.phase === 'waiting') await attemptSend(deps, held)
  if (held.row.phase !== 'committing' && held.row.filing !== 'none') await fileMessage(deps, held)
  const { phase, filing } = held.row
  const isDone = phase === 'settled' && filing === 'none'
  await held.save({ lease_until: 0, ...(isDone && { next_at: null, credential: '' }) }, isDone)
}

/** Something of ours or of a store failed where no outcome covers it: the row is looked at again later, and the log hears. */
async function postpone(deps: WorkerDeps, held: Held, error: unknown): Promise<void> {
  const failure = toFailure(error)
  deps.log.error('outbox.postponed', {
    id: held.row.id,
    code: failure.code,
    detail: failure.detail,
    cause: failure.cause,
    stack: failure.stack,
  })
  const attempts = held.row.attempts + 1
  const next_at = deps.clock.now() + waitMs(deps, attempts)
  try {
    await held.save({ lease_until: 0, attempts, next_at }, false)
  } catch (again) {
    deps.log.warn('outbox.lease-runs-out', { id: held.row.id, code: toFailure(again).code })
  }
}
