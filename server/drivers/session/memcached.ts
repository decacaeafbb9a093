// Sessions in memcached, each on two hosts (rendezvous hashing: a changed list moves few). Memcached forgets, and a host that was cut
// off comes back with what it had then; so the SQL register (register.ts) says which sessions stand, and is asked only
// when the two copies do not agree. Two that agree can be trusted because
//  - a sign-out is acknowledged only when the register has it and at least one of the two hosts has lost its copy;
//  - whoever puts a copy back asks the register again afterwards, and takes it away when the session ended meanwhile;
//  - a list of hosts is changed one host at a time (docs/run/sessions.md), so that the old and the new pair share one.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { backoffMs } from '#core/retry.ts'
import type { SessionStore, StoredSession } from '#ports/session-store.ts'
import type { MemcachedHost } from './memcached-host.ts'
import type { SessionRegister, Standing } from './register.ts'

export interface MemcachedSessionDeps {
  readonly hosts: readonly MemcachedHost[]
  readonly register: SessionRegister
  readonly log: Log
  /** In front of each key: other software may use the same hosts. */
  readonly prefix: string
}

type Copy =
  | { readonly host: MemcachedHost; readonly found: StoredSession; readonly cas: string }
  | { readonly host: MemcachedHost; readonly found: null; readonly cas: string | null }
  | { readonly host: MemcachedHost; readonly found: undefined; readonly error: unknown }
type FoundCopy = Extract<Copy, { found: StoredSession }>

const copies = 2
/** A copy outlives the session a little, so that clocks that differ end nothing early. */
const afterEndMs = 60_000
const makingMs = 60_000
const maxCasTries = 50
const casBackoff = { baseMs: 2, maxMs: 50 }
const sweepLimit = 1000

export function openMemcachedSessionStore(deps: MemcachedSessionDeps): SessionStore {
  const { hosts, register, log, prefix } = deps
  const keyOf = (id: string) => `${prefix}session:${id}`
  const write = (record: StoredSession) => JSON.stringify(record)

  async function read(host: MemcachedHost, id: string): Promise<Copy> {
    try {
      const entry = await host.gets(keyOf(id))
      return entry
        ? ({ host, found: parse(entry.value, id), cas: entry.cas } as Copy)
        : { host, found: null, cas: null }
    } catch (error) {
      return { host, found: undefined, error }
    }
  }

  const forget = (id: string, from: readonly MemcachedHost[]) =>
    Promise.allSettled(from.map((host) => host.delete(keyOf(id))))

  async function get(id: string, now: number): Promise<StoredSession | null> {
    const ranked = rank(hosts, id)
    const homes = await Promise.all(ranked.slice(0, copies).map((host) => read(host, id)))
    const found = homes.filter(isFound)
    const session =
      found.length === homes.length && found.every((copy) => copy.found.version === found[0]?.found.version)
        ? newest(found)
        : await settle(id, now, ranked, homes)
    // Left where it is: the clock of one node decides nothing for the others.
    return session && endOf(session) > now ? session : null
  }

  /** The copies differ, or one is missing: the register decides, and the pair is made whole again. */
  async function settle(
    id: string,
    now: number,
    ranked: readonly MemcachedHost[],
    homes: readonly Copy[],
  ): Promise<StoredSession | null> {
    const silent = homes.filter((copy) => copy.found === undefined)
    if (silent.length === homes.length) throw new Failure('unavailable', { store: 'memcached' }, silent[0]?.error)
    const standing = await register.find(id)
    if (!standing) {
      await forget(
        id,
        homes.filter(isFound).map(({ host }) => host),
      )
      return null
    }
    let seen = homes
    if (!homes.some((copy) => copy.found && copy.found.version >= standing.version)) {
      // It may lie where an earlier list of hosts, or a host that was down, put it.
      seen = [...homes, ...(await Promise.all(ranked.slice(copies).map((host) => read(host, id))))]
    }
    const best = newest(seen.filter(isFound))
    if (!best || best.version < standing.version) {
      // A host that does not answer may hold it, or a newer one.
      const unknown = seen.find((copy) => copy.found === undefined)
      if (unknown) throw new Failure('unavailable', { session: id, host: unknown.host.name }, unknown.error)
      if (!best) {
        // A session that is just being made has no copy yet.
        if (now - standing.lastSeenAt > makingMs) {
          log.warn('session.lost', { session: id })
          await register.remove(id)
        }
        return null
      }
      // Being written this moment; or lost on the way, and then this is the newest there is.
    }
    await Promise.all(homes.map((copy) => mend(id, copy, best)))
    if (await register.find(id)) return best
    await forget(id, hosts)
    return null
  }

  async function mend(id: string, copy: Copy, best: StoredSession): Promise<void> {
    if (copy.found === undefined || (copy.found && copy.found.version >= best.version)) return
    try {
      const life = lifeSeconds(best)
      // Whoever was first wrote the same or newer.
      if (copy.cas === null) await copy.host.add(keyOf(id), write(best), life)
      else await copy.host.cas(keyOf(id), write(best), life, copy.cas)
    } catch (error) {
      log.warn('session.mend', { host: copy.host.name, error })
    }
  }

  /** Compare-and-set of one host's copy, again while others change it; false where there is none, or `change` wants none. */
  async function update(
    host: MemcachedHost,
    id: string,
    change: (record: StoredSession) => StoredSession | null,
  ): Promise<boolean> {
    for (let tries = 0; tries < maxCasTries; tries++) {
      const entry = await host.gets(keyOf(id))
      const before = entry && parse(entry.value, id)
      const after = before && change(before)
      if (!entry || !after) return false
      const outcome = await host.cas(keyOf(id), write(after), lifeSeconds(after), entry.cas)
      if (outcome !== 'changed') return outcome === 'stored'
      // Apart from one another: who come in step would all but one lose, round after round.
      await sleep(backoffMs(casBackoff, tries))
    }
    throw new Failure('unavailable', { session: id, host: host.name, reason: 'too many write it at once' })
  }

  /** At each home; throws when none could be asked. */
  async function updateBoth(id: string, change: (record: StoredSession) => StoredSession | null) {
    const homes = rank(hosts, id).slice(0, copies)
    const outcomes = await Promise.allSettled(homes.map((host) => update(host, id, change)))
    const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    if (answered.length === 0) throw unreachable(outcomes)
    return answered.some(({ value }) => value)
  }

  /** Ended in the register, then at the hosts. Throws unless a home has lost its copy: two that still agreed would be believed. */
  async function end(id: string): Promise<void> {
    await register.end(id)
    await clear(id)
  }

  async function clear(id: string): Promise<void> {
    const ranked = rank(hosts, id)
    const outcomes = await forget(id, ranked)
    if (!outcomes.slice(0, copies).some(({ status }) => status === 'fulfilled')) throw unreachable(outcomes)
    // Else the row stays, for the host that comes back; the sweep tries again.
    if (outcomes.every(({ status }) => status === 'fulfilled')) await register.remove(id)
  }

  return {
    get,

    async create(record) {
      if (!(await register.add(record))) throw new Failure('conflict', { session: record.id })
      const session = { ...record, lastSeenAt: record.createdAt }
      const text = write(session)
      const life = lifeSeconds(session)
      let placed = 0
      const errors: unknown[] = []
      // A home that is down is made up for by the next in line.
      for (const host of rank(hosts, record.id)) {
        if (placed === copies) break
        try {
          if (await host.add(keyOf(record.id), text, life)) placed++
        } catch (error) {
          errors.push(error)
        }
      }
      if (placed === 0) {
        await end(record.id).catch(() => {})
        throw new Failure('unavailable', { session: record.id }, new AggregateError(errors))
      }
      if (placed < Math.min(copies, hosts.length)) log.warn('session.oneCopy', { session: record.id })
    },

    async touch(id, now) {
      await updateBoth(id, (record) =>
        endOf(record) > now && record.lastSeenAt < now ? { ...record, lastSeenAt: now } : null,
      )
    },

    async replace(id, version, sealed) {
      // Two hosts cannot decide between two writers; the register can.
      const next = await register.advance(id, version)
      if (next === null) return false
      return updateBoth(id, (record) => (record.version <= version ? { ...record, sealed, version: next } : null))
    },

    destroy: end,

    async list(account, now) {
      const standing = await register.list(account, now)
      const sessions = await Promise.all(standing.map(({ id }: Standing) => get(id, now)))
      return sessions
        .filter((session) => session !== null)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },

    async destroyAll(account, exceptId) {
      const { count, ended } = await register.endAll(account, exceptId)
      const outcomes = await Promise.allSettled(ended.map(({ id }) => clear(id)))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed) throw failed.reason
      return count
    },

    async sweep(now) {
      for (const { id } of await register.ended(sweepLimit)) {
        await clear(id).catch((error: unknown) => {
          if (!isFailure(error, 'unavailable')) throw error
        })
      }
      return register.sweep(now)
    },

    async close() {
      await Promise.all(hosts.map((host) => host.close()))
    },
  }
}

/** Rendezvous hashing: each host draws a number for the session, and the highest two have it. */
function rank(hosts: readonly MemcachedHost[], id: string): readonly MemcachedHost[] {
  if (hosts.length <= 1) return hosts
  return hosts
    .map((host) => ({ host, draw: createHash('sha256').update(`${host.name}\0${id}`).digest().readUIntBE(0, 6) }))
    .sort((a, b) => b.draw - a.draw)
    .map(({ host }) => host)
}

function isFound(copy: Copy): copy is FoundCopy {
  return copy.found !== null && copy.found !== undefined
}

/** The newest version, last seen when any copy says: a copy that is behind in the one may be ahead in the other. */
function newest(found: readonly FoundCopy[]): StoredSession | null {
  const [first] = found.map((copy) => copy.found).sort((a, b) => b.version - a.version)
  return first ? { ...first, lastSeenAt: Math.max(...found.map((copy) => copy.found.lastSeenAt)) } : null
}

const endOf = ({ expiresAt, idleMs, lastSeenAt }: StoredSession) => Math.min(expiresAt, lastSeenAt + idleMs)

/** To the absolute end, not the idle one, so that «ended idle» is told from «lost». Seen lately, so no more than a little long. */
function lifeSeconds({ expiresAt, lastSeenAt }: StoredSession): number {
  return (expiresAt - lastSeenAt + afterEndMs) / 1000
}

/** What is not ours to read is as good as not there. */
function parse(text: string, id: string): StoredSession | null {
  try {
    const record = JSON.parse(text) as StoredSession
    return record.id === id ? record : null
  } catch {
    return null
  }
}

function unreachable(outcomes: readonly PromiseSettledResult<unknown>[]): Failure {
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  return new Failure('unavailable', { store: 'memcached' }, new AggregateError(reasons))
}
