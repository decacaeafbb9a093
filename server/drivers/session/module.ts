// Sessions in any store of express-session's interface (get, set, destroy; touch where it has one). That interface compares nothing and
// lists nothing, so that a record there is never changed: a new sealing is a new record under a new name, and the SQL register,
// asked with each read, says which name is the current one, whether the session stands, and when it was last used. So neither a
// set that comes late nor a touch that brings back what was destroyed can lose a change or revive a session.

import { randomBytes } from 'node:crypto'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { SessionRecord, SessionStore, StoredSession } from '#ports/session-store.ts'
import type { Left, SessionRegister, Standing } from './register.ts'

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
const afterEndMs = 60_000
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

  async function read({ id, place }: Left): Promise<SessionRecord | null> {
    const session = await call<ExpressSession>((callback) =>
      store.get(keyOf(id, place), (error, value) =>
        // As express-session takes it: a file that is not there.
        (error as { code?: unknown } | undefined)?.code === 'ENOENT'
          ? callback(null)
          : callback(error, value ?? undefined),
      ),
    )
    return session?.paquebot?.id === id ? session.paquebot : null
  }

  async function get(id: string, now: number): Promise<StoredSession | null> {
    let before: Standing | null = null
    for (;;) {
      const standing = await register.find(id)
      if (!standing || endOf(standing) <= now) return null
      const { lastSeenAt } = standing
      const record = await read(standing)
      if (record) return { ...record, lastSeenAt }
      // Sealed anew between the two questions; else it is not there.
      if (before?.place === standing.place) {
        if (now - lastSeenAt > makingMs) log.warn('session.lost', { session: id })
        return null
      }
      before = standing
    }
  }

  const set = (record: SessionRecord, place: string) =>
    call((callback) => store.set(keyOf(record.id, place), sessionOf(record), callback))

  async function clear({ id, place }: Left): Promise<void> {
    await call((callback) => store.destroy(keyOf(id, place), callback))
  }

  async function end(id: string): Promise<void> {
    const left = await register.end(id)
    // The row stays a while: a touch under way on another node may put the session back, and the sweep takes it away again.
    if (left) await clear(left)
  }

  return {
    async create(record) {
      if (!(await register.add(record))) throw new Failure('conflict', { session: record.id })
      try {
        await set(record, '')
      } catch (error) {
        await end(record.id).catch(() => {})
        throw error
      }
    },

    get,

    async touch(id, now) {
      await register.touch(id, now)
      if (!store.touch) return
      // Stores have idle times of their own, which use must move on.
      const standing = await register.find(id)
      const record = standing && (await read(standing))
      if (record) await call((callback) => store.touch?.(keyOf(id, standing.place), sessionOf(record), callback))
    },

    async replace(id, version, sealed) {
      const standing = await register.find(id)
      const record = standing && (await read(standing))
      if (!standing || record?.version !== version) return false
      const place = randomBytes(9).toString('base64url')
      const next = { ...record, sealed, version: version + 1 }
      await set(next, place)
      const isFirst = (await register.advance(id, version, place)) !== null
      // Whichever of the two is now of no use; a store that fails here keeps it until it ends.
      const useless = { id, place: isFirst ? standing.place : place }
      await clear(useless).catch((error: unknown) => log.warn('session.leftover', { session: id, error }))
      return isFirst
    },

    destroy: end,

    async list(account, now) {
      const standing = await register.list(account, now)
      const sessions = await Promise.all(standing.map(({ id }) => get(id, now)))
      return sessions
        .filter((session) => session !== null)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },

    async destroyAll(account, exceptId) {
      const { count, ended } = await register.endAll(account, exceptId)
      const outcomes = await Promise.allSettled(ended.map(clear))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed) throw failed.reason
      return count
    },

    async sweep(now) {
      for (const left of await register.ended(sweepLimit)) {
        await clear(left)
        await register.remove(left.id)
      }
      return register.sweep(now)
    },

    async close() {
      await store.close?.()
    },
  }
}

const keyOf = (id: string, place: string) => (place === '' ? id : `${id}.${place}`)

const endOf = ({ expiresAt, idleMs, lastSeenAt }: Standing) => Math.min(expiresAt, lastSeenAt + idleMs)

/** From now on, and so a little long where it is set again: a store's own clock ends nothing early. */
function sessionOf(record: SessionRecord): ExpressSession {
  const maxAge = record.expiresAt - record.createdAt + afterEndMs
  return {
    cookie: { expires: new Date(Date.now() + maxAge), maxAge, originalMaxAge: maxAge },
    paquebot: record,
  }
}
