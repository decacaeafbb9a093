// A claimed submission in a worker's hand: the acting caller made of its sealed credential, and writes that hold only under the fence.

import type { Caller, MailCredential } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { KeyRing } from '#core/seal.ts'
import { recordChanges } from '#domain/changes/index.ts'
import { updateFenced } from './store.ts'
import type { SubmissionRow } from './tables.ts'
import type { SubmissionDeps } from './types.ts'

/** What the key ring seals outbox credentials for. */
export const credentialPurpose = 'outbox'

/** A submission in hand. */
export interface Held {
  row: SubmissionRow
  readonly caller: Caller
  /** Writes under the fence and keeps `row` true. Throws `conflict` when it is no longer ours. `told`: the client is to hear of it. */
  save(change: Partial<SubmissionRow>, told: boolean): Promise<void>
}

/** Null when no key of the ring opens it (a key that was taken out too early): then only a sign-in helps. */
export function openCredential(ring: KeyRing, { id, credential }: SubmissionRow): MailCredential | null {
  try {
    return JSON.parse(ring.unseal(credentialPurpose, id, credential)) as MailCredential
  } catch (error) {
    if (!isFailure(error, 'unauthenticated')) throw error
    return null
  }
}

export function hold(deps: SubmissionDeps, row: SubmissionRow, signal: AbortSignal): Held {
  const { id, account, fence } = row
  const credential = openCredential(deps.ring, row)
  // Refused by every server, and so told as «signInNeeded», like a password that was changed.
  const none: MailCredential = { kind: 'password', username: row.address, password: '' }
  const caller: Caller = {
    account,
    address: row.address,
    credential: credential ?? none,
    session: null,
    position: null,
    signal,
    requestId: `outbox-${id}`,
  }
  const held: Held = {
    row,
    caller,
    async save(change, told) {
      const state = await deps.sql.write({ position: null }, async (tx) => {
        if (!(await updateFenced(tx, id, fence, change))) throw new Failure('conflict', { reason: 'the lease is lost' })
        if (!told || row.is_hidden === 1) return null
        return recordChanges(tx, { account, type: 'EmailSubmission' }, [{ id, kind: 'updated' }])
      })
      held.row = { ...held.row, ...change }
      if (state !== null) await deps.bus.publish({ account, changed: { EmailSubmission: state } })
    },
  }
  return held
}

/** Exponential, with a quarter of jitter either way: a node that comes back does not meet all its mail in one second. */
export function waitMs({ config }: Pick<SubmissionDeps, 'config'>, attempts: number): number {
  const { baseMs, maxMs } = config.backoff
  return Math.round(Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1)) * (0.75 + Math.random() / 2))
}
