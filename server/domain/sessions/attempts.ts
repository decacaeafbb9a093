// Limits on sign-in attempts, by address and by where they come from, over all nodes. An attempt takes its place before the mail
// server is asked, so that a hundred at once do not slip through, and only a wrong password keeps it. A whole university signs in
// from one address at nine: who finds all places taken waits while this node has some of them under way.

import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { UnderWay } from '#core/under-way.ts'
import type { Sql } from '#ports/sql.ts'
import { type Bucket, emptyBucket, givePlaceBack, takePlace } from './store.ts'
import type { SessionTables } from './tables.ts'
import type { SessionConfig } from './types.ts'

export interface AttemptDeps {
  readonly sql: Sql<SessionTables>
  readonly clock: Clock
  readonly config: SessionConfig
  /** The attempts that this node has under way, by bucket. */
  readonly attempts: UnderWay
}

/** Runs `prove` unless too many failed before: `rateLimited` with `detail.retryAfterMs`. `canceled` when the signal aborts a wait. */
export async function limitAttempts<T>(
  deps: AttemptDeps,
  who: { readonly address: string; readonly remoteAddress: string },
  prove: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { sql, clock, config, attempts } = deps
  const address = bucket('address', who.address, config.failuresPerAddress, config.failureDrainPerAddressMs)
  const remote = bucket('remote', network(who.remoteAddress), config.failuresPerRemote, config.failureDrainPerRemoteMs)
  // The remote address gets its own place back and no more: one good account must not wipe out an attacker's failures.
  return within(remote, givePlaceBack, () => within(address, emptyBucket, prove))

  async function within(one: Bucket, whenProved: typeof givePlaceBack, run: () => Promise<T>): Promise<T> {
    for (;;) {
      const retryAfterMs = await takePlace(sql, one, clock.now())
      if (retryAfterMs === 0) break
      // Taken by those who are being asked about right now, and most of whom give it back; or by nobody of this node.
      if (!(await attempts.someEnd(one.id, signal))) throw new Failure('rateLimited', { retryAfterMs })
    }
    const leave = attempts.enter(one.id)
    try {
      const proved = await run()
      await whenProved(sql, one)
      return proved
    } catch (error) {
      // A server that is down says nothing of the password.
      if (!isFailure(error, 'badCredentials')) await givePlaceBack(sql, one)
      throw error
    } finally {
      leave()
    }
  }
}

function bucket(kind: string, name: string, burst: number, drainMs: number): Bucket {
  // Hashed: what somebody mistypes as an address may be a password, and the length is bounded.
  return { id: createHash('sha256').update(`${kind}\0${name}`).digest('base64url'), burst, drainMs }
}

/** One client has a whole /64 of IPv6 addresses to try from. */
function network(remoteAddress: string): string {
  if (!isIPv6(remoteAddress)) return remoteAddress
  const address = ipaddr.IPv6.parse(remoteAddress)
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  return address.parts.slice(0, 4).join(':')
}
