// Which sessions stand, in SQL: the judge for stores that forget (memcached) or compare nothing (express-session's). One small row a
// session, written at sign-in, at sign-out and when the credential is sealed anew. What a store still holds of a session that has
// ended here is a leftover, whoever brings it back; the row stays until the leftovers are known to be gone.

import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { SessionRecord } from '#ports/session-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'

interface RegisterRow {
  id: string
  account: string
  expires_at: number
  idle_ms: number
  last_seen_at: number
  version: number
  versioned_at: number
  place: string
  ended_at: number | null
}

interface RegisterTables {
  session_register: RegisterRow
}

export interface Standing {
  readonly id: string
  readonly expiresAt: number
  readonly idleMs: number
  /** Of use to stores that keep no time themselves (`touch`). */
  readonly lastSeenAt: number
  readonly version: number
  readonly place: string
}

/** Of a session that has ended: where something of it may be left. */
export interface Left {
  readonly id: string
  readonly place: string
}

/** Every call throws `unavailable` when the database cannot be asked. */
export interface SessionRegister {
  /** False when the id is taken. */
  add(record: SessionRecord): Promise<boolean>
  /** Null: ended, or never known. */
  find(id: string): Promise<Standing | null>
  touch(id: string, now: number): Promise<void>
  /**
   * Compare-and-set of version and place: of all who come with the same version, one is given the next, which nobody else is ever
   * given; the others null. A version that was given out long ago and that no store has is passed over.
   */
  advance(id: string, version: number, place?: string): Promise<number | null>
  /** Where something may be left; null when it was not known. */
  end(id: string): Promise<Left | null>
  /** Ends all but one: how many stood, and every session of the account that may have left something behind. */
  endAll(
    account: string,
    exceptId: string | undefined,
  ): Promise<{ readonly count: number; readonly ended: readonly Left[] }>
  list(account: string, now: number): Promise<readonly Standing[]>
  /** Nothing is left of it anywhere. */
  remove(id: string): Promise<void>
  /** Sessions that have ended, of which something may be left. */
  ended(limit: number): Promise<readonly Left[]>
  /** Rows so far past their absolute end that no store has anything left. */
  sweep(now: number): Promise<number>
}

/** Stores end their copies a little late, so that clocks that differ end nothing early. */
const afterEndMs = 600_000

/** Who was given a version has long written it, or never will. */
const givenForMs = 60_000

const noPosition = () => ({ position: null })

export function openSessionRegister(db: SqlDatabase, clock: Clock): SessionRegister {
  const sql = db.for<RegisterTables>()
  return {
    async add(record) {
      try {
        await sql.write(noPosition(), (tx) =>
          tx
            .insertInto('session_register')
            .values({
              id: record.id,
              account: record.account,
              expires_at: record.expiresAt,
              idle_ms: record.idleMs,
              last_seen_at: record.createdAt,
              version: record.version,
              versioned_at: clock.now(),
              place: '',
              ended_at: null,
            })
            .execute(),
        )
        return true
      } catch (error) {
        if (isFailure(error, 'conflict')) return false
        throw error
      }
    },

    async find(id) {
      const row = await sql
        .readFresh()
        .selectFrom('session_register')
        .selectAll()
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return row ? standing(row) : null
    },

    async touch(id, now) {
      await sql.write(noPosition(), (tx) =>
        tx
          .updateTable('session_register')
          .set({ last_seen_at: now })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          // What has ended stays ended, and a late touch of another node does not turn time back.
          .where('expires_at', '>', now)
          .where(({ eb, ref }) => eb(eb(ref('last_seen_at'), '+', ref('idle_ms')), '>', now))
          .where('last_seen_at', '<', now)
          .execute(),
      )
    },

    advance(id, version, place = '') {
      return sql.write(noPosition(), async (tx) => {
        const row = await tx
          .selectFrom('session_register')
          .select(['version', 'versioned_at'])
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .executeTakeFirst()
        const now = clock.now()
        if (!row || (row.version > version && now - Number(row.versioned_at) < givenForMs)) return null
        const next = Math.max(version, row.version) + 1
        const { numUpdatedRows } = await tx
          .updateTable('session_register')
          .set({ version: next, versioned_at: now, place })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .where('version', '=', row.version)
          .executeTakeFirst()
        return numUpdatedRows > 0n ? next : null
      })
    },

    end(id) {
      return sql.write(noPosition(), async (tx) => {
        await tx
          .updateTable('session_register')
          .set({ ended_at: clock.now() })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .execute()
        const row = await tx
          .selectFrom('session_register')
          .select(['id', 'place'])
          .where('id', '=', id)
          .executeTakeFirst()
        return row ?? null
      })
    },

    endAll(account, exceptId) {
      return sql.write(noPosition(), async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('session_register')
          .set({ ended_at: clock.now() })
          .where('account', '=', account)
          .where('ended_at', 'is', null)
          .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId as string))
          .executeTakeFirst()
        const rows = await tx
          .selectFrom('session_register')
          .select(['id', 'place'])
          .where('account', '=', account)
          .where('ended_at', 'is not', null)
          .execute()
        return { count: Number(numUpdatedRows), ended: rows }
      })
    },

    async list(account, now) {
      const rows = await sql
        .readFresh()
        .selectFrom('session_register')
        .selectAll()
        .where('account', '=', account)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .execute()
      return rows.map(standing)
    },

    async remove(id) {
      await sql.write(noPosition(), (tx) => tx.deleteFrom('session_register').where('id', '=', id).execute())
    },

    async ended(limit) {
      const rows = await sql
        .readFresh()
        .selectFrom('session_register')
        .select(['id', 'place'])
        .where('ended_at', 'is not', null)
        .orderBy('ended_at')
        .limit(limit)
        .execute()
      return rows
    },

    async sweep(now) {
      const { numDeletedRows } = await sql.write(noPosition(), (tx) =>
        tx
          .deleteFrom('session_register')
          .where('expires_at', '<=', now - afterEndMs)
          .executeTakeFirst(),
      )
      return Number(numDeletedRows)
    },
  }
}

function standing(row: RegisterRow): Standing {
  return {
    id: row.id,
    expiresAt: Number(row.expires_at),
    idleMs: Number(row.idle_ms),
    lastSeenAt: Number(row.last_seen_at),
    version: Number(row.version),
    place: row.place,
  }
}
