// Limits on sign-in attempts, by address and by where they come from, over all nodes. An attempt takes its place before the mail
// server is asked, so that a hundred at once do not slip through, and only a wrong password keeps it.

import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Sql } from '#ports/sql.ts'
import { type Bucket, emptyBucket, givePlaceBack, takePlace } from './store.ts'
import type { SessionTables } from './tables.ts'
import type { SessionConfig } from './types.ts'

export interface AttemptDeps {
  readonly sql: Sql<SessionTables>
  readonly clock: Clock
  readonly config: SessionConfig
}

/** Runs `prove` unless too many failed before: `rateLimited` with `detail.retryAfterMs`. */
export async function limitAttempts<T>(
  deps: AttemptDeps,
  who: { readonly address: string; readonly remoteAddress: string },
  prove: () => Promise<T>,
): Promise<T> {
  const { sql, clock, config } = deps
  const address = bucket('address', who.address, config.failuresPerAddress, config.failureDrainPerAddressMs)
  const remote = bucket('remote', network(who.remoteAddress), config.failuresPerRemote, config.failureDrainPerRemoteMs)
  await take(remote)
  try {
    await take(address)
  } catch (error) {
    await givePlaceBack(sql, remote)
    throw error
  }
  try {
    const proved = await prove()
    // The remote address gets its own place back and no more: one good account must not wipe out an attacker's failures.
    await Promise.all([emptyBucket(sql, address.id), givePlaceBack(sql, remote)])
    return proved
  } catch (error) {
    // A server that is down says nothing of the password.
    if (!isFailure(error, 'badCredentials')) await Promise.all([address, remote].map((one) => givePlaceBack(sql, one)))
    throw error
  }

  async function take(one: Bucket): Promise<void> {
    const retryAfterMs = await takePlace(sql, one, clock.now())
    if (retryAfterMs > 0) throw new Failure('rateLimited', { retryAfterMs })
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
