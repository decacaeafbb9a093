// Sessions in any store of express-session's interface (get, set, destroy; touch where it has one). That interface compares nothing and
// lists nothing, so that a record is set once and never set again but by the one winner of a new sealing; whether it stands, when it
// was last used and which version is current are in the SQL register, asked with each read. So neither a set that comes late nor a
// touch that brings back what was destroyed can lose a change or revive a session.

import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { SessionRecord, SessionStore, StoredSession } from '#ports/session-store.ts'
import type { SessionRegister, Standing } from './register.ts'

type Callback<T> = (error?: unknown, value?: T) => void

/** What express-session puts into a store: `cookie` is where stores look for the end. */
export interface ExpressSession {
  readonly cookie: { readonly expires: Date; readonly maxAge: number; readonly originalMaxAge: number }
  readonly paquebot: SessionRecord
}

export interface ExpressStore {
  get(id: string, callback: Callback<ExpressSession | null>): unknown
  set(id: string, session: ExpressSession, callback: Callback<unknown>): unknown
  destroy(id: string, callback: Callback<unknown>): unknown
  touch?(id: string, session: ExpressSession, callback: Callback<unknown>): unknown
  close?(): unknown
}

export interface ModuleSessionDeps {
  readonly store: ExpressStore
  readonly register: SessionRegister
  readonly log: Log
  readonly timeoutMs: number
}

const makingMs = 60_000
const sweepLimit = 1000

export function openModuleSessionStore(deps: ModuleSessionDeps): SessionStore {
  const { store, register, log, timeoutMs } = deps

  /** A store's call as a promise: by callback, by a promise of its own, or never. */
  function call<T>(start: (callback: Callback<T>) => unknown): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => reject(new Failure('unavailable', { store: 'module' }, cause))
      const late = setTimeout(() => fail(new Error('no answer in time')), timeoutMs)
      const callback: Callback<T> = (error, value) => {
        clearTimeout(late)
        if (error) fail(error)
        else resolve(value ?? null)
      }
      try {
        const returned = start(callback)
        if (returned instanceof Promise) returned.catch((error: unknown) => callback(error ?? new Error('rejected')))
      } catch (error) {
        callback(error)
      }
    })
  }

  async function read(id: string): Promise<SessionRecord | null> {
    const session = await call<ExpressSession>((callback) =>
      store.get(id, (error, value) =>
        // As express-session takes it: a file that is not there.
        (error as { code?: unknown } | undefined)?.code === 'ENOENT'
          ? callback(null)
          : callback(error, value ?? undefined),
      ),
    )
    return session?.paquebot?.id === id ? session.paquebot : null
  }

  async function load(standing: Standing, now: number): Promise<StoredSession | null> {
    const { id, version, lastSeenAt } = standing
    if (Math.min(standing.expiresAt, lastSeenAt + standing.idleMs) <= now) return null
    const record = await read(id)
    if (!record && now - lastSeenAt > makingMs) log.warn('session.lost', { session: id })
    return record && { ...record, version, lastSeenAt }
  }

  const set = (record: SessionRecord) => call((callback) => store.set(record.id, sessionOf(record), callback))

  async function clear(id: string): Promise<void> {
    await call((callback) => store.destroy(id, callback))
  }

  async function end(id: string): Promise<void> {
    await register.end(id)
    // The row stays a while: a touch under way on another node may put the session back, and the sweep takes it away again.
    await clear(id)
  }

  return {
    async create(record) {
      if (!(await register.add(record))) throw new Failure('conflict', { session: record.id })
      try {
        await set(record)
      } catch (error) {
        await end(record.id).catch(() => {})
        throw error
      }
    },

    async get(id, now) {
      const standing = await register.find(id)
      return standing && load(standing, now)
    },

    async touch(id, now) {
      await register.touch(id, now)
      if (!store.touch) return
      // Stores have idle times of their own, which use must move on.
      const standing = await register.find(id)
      const record = standing && (await read(id))
      if (record) await call((callback) => store.touch?.(id, sessionOf(record), callback))
    },

    async replace(id, version, sealed) {
      if (!(await register.advance(id, version))) return false
      try {
        const record = await read(id)
        if (!record) return false
        await set({ ...record, sealed, version: version + 1 })
      } catch (error) {
        await register.lower(id, version + 1, version)
        throw error
      }
      return true
    },

    destroy: end,

    async list(account, now) {
      const standing = await register.list(account, now)
      const sessions = await Promise.all(standing.map((one) => load(one, now)))
      return sessions
        .filter((session) => session !== null)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },

    async destroyAll(account, exceptId) {
      const { count, ids } = await register.endAll(account, exceptId)
      const outcomes = await Promise.allSettled(ids.map(clear))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed) throw failed.reason
      return count
    },

    async sweep(now) {
      for (const id of await register.ended(sweepLimit)) {
        await clear(id)
        await register.remove(id)
      }
      return register.sweep(now)
    },

    async close() {
      await store.close?.()
    },
  }
}

function sessionOf(record: SessionRecord): ExpressSession {
  const maxAge = record.expiresAt - record.createdAt
  return {
    cookie: { expires: new Date(record.expiresAt), maxAge, originalMaxAge: maxAge },
    paquebot: record,
  }
}
