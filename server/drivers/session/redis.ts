// Sessions in Redis: a hash each, changed by scripts that compare before they set, and per account a sorted set of ids. What is
// acknowledged to somebody (signed in, signed out, sealed anew) waits until `replicas` replicas have it (WAIT), so that it
// survives the primary; «last seen» does not wait. Ids come into the index before the session is made and are judged by the session
// alone, so that two keys, which in a Cluster lie on two servers, need no transaction.

import type { Cluster, Redis } from 'ioredis'
import { Failure, toFailure } from '#core/errors.ts'
import type { SessionRecord, SessionStore, StoredSession } from '#ports/session-store.ts'
import { addToIndex, createSession, replaceSealed, touchSession } from './redis-scripts.ts'

export interface RedisSessionDeps {
  readonly redis: Redis | Cluster
  /** A connection of its own for what waits: WAIT holds up everything behind it. */
  readonly durable: Redis | Cluster
  readonly prefix: string
  /** How many replicas must have what is acknowledged; 0 asks none. */
  readonly replicas: number
  readonly waitMs: number
}

/** A key outlives its session a little, so that clocks that differ end nothing early. */
const afterEndMs = 60_000

export function openRedisSessionStore(deps: RedisSessionDeps): SessionStore {
  const { redis, durable, replicas, waitMs } = deps
  const keyOf = (id: string) => `${deps.prefix}session:{${id}}`
  const indexOf = (account: string) => `${deps.prefix}account:{${account}}`

  /** One write, held by as many as asked for; else `unavailable`, for it may be lost with the primary. */
  async function durably(command: readonly [name: string, ...args: (string | number)[]]): Promise<unknown> {
    const batch = durable.pipeline([[...command], ...(replicas > 0 ? [['wait', replicas, waitMs]] : [])])
    const outcomes = await batch.exec()
    const [written, waited] = outcomes ?? []
    if (!written || written[0]) throw written?.[0] ?? new Error('no answer')
    if (replicas > 0) {
      if (!waited || waited[0]) throw waited?.[0] ?? new Error('no answer to WAIT')
      const count = Number(waited[1])
      if (count < replicas) throw new Failure('unavailable', { store: 'redis', replicas: count, wanted: replicas })
    }
    return written[1]
  }

  async function get(id: string, now: number): Promise<StoredSession | null> {
    const [text, sealed, version, seen] = await redis.hmget(keyOf(id), 'record', 'sealed', 'version', 'seen')
    if (text == null || sealed == null || version == null || seen == null) return null
    const record = JSON.parse(text) as Omit<SessionRecord, 'sealed' | 'version'>
    const session: StoredSession = { ...record, sealed, version: Number(version), lastSeenAt: Number(seen) }
    return Math.min(session.expiresAt, session.lastSeenAt + session.idleMs) > now ? session : null
  }

  async function destroy(id: string): Promise<boolean> {
    return (await durably(['del', keyOf(id)])) === 1
  }

  const store: SessionStore = {
    async create(session) {
      const { sealed, version, ...record } = session
      const { id, account, createdAt, expiresAt, idleMs } = record
      const life = expiresAt - createdAt + afterEndMs
      await redis.eval(addToIndex, 1, indexOf(account), id, expiresAt, createdAt, life)
      const isMade = await durably([
        ...(['eval', createSession, 1, keyOf(id)] as const),
        ...[JSON.stringify(record), sealed, version, createdAt, expiresAt, idleMs],
        Math.min(expiresAt - createdAt, idleMs) + afterEndMs,
      ]).catch((error: unknown) => {
        // Whoever asked hears that it failed: nothing of it should stay in his list.
        redis.del(keyOf(id)).catch(() => {})
        throw error
      })
      if (isMade !== 1) throw new Failure('conflict', { session: id })
    },

    get,

    async touch(id, now) {
      await redis.eval(touchSession, 1, keyOf(id), now, afterEndMs)
    },

    async replace(id, version, sealed) {
      return (await durably(['eval', replaceSealed, 1, keyOf(id), version, sealed])) === 1
    },

    async destroy(id) {
      // Its place in the index ends by itself.
      await destroy(id)
    },

    async list(account, now) {
      const ids = await redis.zrangebyscore(indexOf(account), `(${now}`, '+inf')
      const sessions = await Promise.all(ids.map((id) => get(id, now)))
      return sessions
        .filter((session) => session !== null)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },

    async destroyAll(account, exceptId) {
      const ids = (await redis.zrange(indexOf(account), '0', '-1')).filter((id) => id !== exceptId)
      const gone = await Promise.all(ids.map(destroy))
      if (ids.length > 0) await redis.zrem(indexOf(account), ids)
      return gone.filter(Boolean).length
    },

    // Keys end by themselves.
    sweep: async () => 0,

    async close() {
      redis.disconnect()
      durable.disconnect()
    },
  }
  return translated(store)
}

/** Whatever Redis or the way to it says, the session is not known to be gone. */
function translated(store: SessionStore): SessionStore {
  const guard =
    <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await call(...args)
      } catch (error) {
        if (error instanceof Failure) throw error
        if (error instanceof SyntaxError || error instanceof TypeError) throw toFailure(error)
        throw new Failure('unavailable', { store: 'redis' }, error)
      }
    }
  return {
    create: guard(store.create),
    get: guard(store.get),
    touch: guard(store.touch),
    replace: guard(store.replace),
    destroy: guard(store.destroy),
    list: guard(store.list),
    destroyAll: guard(store.destroyAll),
    sweep: guard(store.sweep),
    close: store.close,
  }
}
