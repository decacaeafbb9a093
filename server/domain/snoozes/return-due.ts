// One node's turn at what is due: claim, put back, forget. Any node may do any part of it; the claim gives a lease and a fence, as in the outbox.

import type { Caller, MailCredential } from '#core/caller.ts'
import { isFailure, toFailure } from '#core/errors.ts'
import { recordChanges } from '#domain/changes/index.ts'
import { putBack } from './put-back.ts'
import { claim, deleteFenced, dueSnoozes, updateFenced } from './store.ts'
import type { SnoozeRow } from './tables.ts'
import type { SnoozeDeps } from './types.ts'

/** What the key ring seals the credentials of sleeping messages for. */
export const credentialPurpose = 'snooze'

/** How many messages a node puts back at once. */
const concurrency = 4

/** Works through what is due; resolves to how many were done. */
export async function returnDue(deps: SnoozeDeps, signal: AbortSignal): Promise<number> {
  const queue = [...(await dueSnoozes(deps.sql.readFresh(), deps.clock.now(), 200))]
  let done = 0
  const work = async () => {
    for (let row = queue.shift(); row && !signal.aborted; row = queue.shift()) {
      if (await returnOne(deps, row, signal)) done++
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, work))
  return done
}

/** False when somebody else was first, or it has to be tried again. */
async function returnOne(deps: SnoozeDeps, seen: SnoozeRow, stop: AbortSignal): Promise<boolean> {
  const { sql, clock, config } = deps
  const now = clock.now()
  if (!(await sql.write({ position: null }, (tx) => claim(tx, seen, now + config.leaseMs, now)))) return false
  const row = { ...seen, fence: seen.fence + 1 }
  await deps.onStep?.('claimed')
  const lost = new AbortController()
  const renewing = setInterval(async () => {
    try {
      const isOurs = await sql.write({ position: null }, (tx) =>
        updateFenced(tx, row, { lease_until: clock.now() + config.leaseMs }),
      )
      if (!isOurs) lost.abort()
    } catch (error) {
      lost.abort(toFailure(error))
    }
  }, config.leaseMs / 3).unref()
  const signal = AbortSignal.any([stop, lost.signal])
  try {
    const account = await deps.openMail(actingCaller(deps, row, signal))
    const isBack = await putBack(deps, account, row, signal)
    if (!isBack) deps.log.info('snooze.left', { id: row.id })
    await settle(deps, row)
    return true
  } catch (error) {
    await postpone(deps, row, error)
    return false
  } finally {
    clearInterval(renewing)
  }
}

async function settle({ sql, bus }: SnoozeDeps, row: SnoozeRow): Promise<void> {
  const { account, id } = row
  const state = await sql.write({ position: null }, async (tx) =>
    (await deleteFenced(tx, row)) ? recordChanges(tx, { account, type: 'Snooze' }, [{ id, kind: 'destroyed' }]) : null,
  )
  if (state !== null) await bus.publish({ account, changed: { Snooze: state } })
}

/** Tried again later; a password that is refused waits for the next sign-in, and the client is told. */
async function postpone(deps: SnoozeDeps, row: SnoozeRow, error: unknown): Promise<void> {
  const { sql, bus, clock, config, log } = deps
  const { account, id } = row
  const failure = toFailure(error)
  log.warn('snooze.postponed', { id, code: failure.code, detail: failure.detail, cause: failure.cause })
  const isSignInNeeded = isFailure(failure, 'badCredentials', 'unauthenticated')
  const attempts = row.attempts + 1
  const { baseMs, maxMs } = config.backoff
  const wait = Math.min(maxMs, baseMs * 2 ** Math.min(20, row.attempts)) * (0.75 + Math.random() / 2)
  const next_at = isSignInNeeded ? null : Math.round(clock.now() + wait)
  try {
    const state = await sql.write({ position: null }, async (tx) => {
      const isOurs = await updateFenced(tx, row, { lease_until: 0, attempts, next_at })
      return isOurs && isSignInNeeded ? recordChanges(tx, { account, type: 'Snooze' }, [{ id, kind: 'updated' }]) : null
    })
    if (state !== null) await bus.publish({ account, changed: { Snooze: state } })
  } catch (again) {
    log.warn('snooze.lease-runs-out', { id, code: toFailure(again).code })
  }
}

function actingCaller(deps: SnoozeDeps, row: SnoozeRow, signal: AbortSignal): Caller {
  // Refused by every server, and so told as a sign-in that is needed, like a password that was changed.
  const none: MailCredential = { kind: 'password', username: row.address, password: '' }
  return {
    account: row.account,
    address: row.address,
    credential: openCredential(deps, row) ?? none,
    session: null,
    position: null,
    signal,
    requestId: `snooze-${row.id}`,
  }
}

/** Null when no key of the ring opens it (a key that was taken out too early). */
export function openCredential({ ring }: Pick<SnoozeDeps, 'ring'>, row: SnoozeRow): MailCredential | null {
  try {
    return JSON.parse(ring.unseal(credentialPurpose, row.id, row.credential)) as MailCredential
  } catch (error) {
    if (!isFailure(error, 'unauthenticated')) throw error
    return null
  }
}
