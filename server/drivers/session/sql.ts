// Sessions in SQL: the default store. Reads are fresh (never a replica): a session that was ended on another node is ended here
// with the next request. Nothing is kept in memory.

import type { SessionRecord, SessionStore, StoredSession } from '#ports/session-store.ts'
import type { SqlDatabase } from '#ports/sql.ts'

interface SessionRow {
  id: string
  account: string
  address: string
  kind: string
  label: string
  remote_address: string
  created_at: number
  expires_at: number
  idle_ms: number
  ends_at: number
  last_seen_at: number
  scopes: string | null
  sealed: string
  version: number
}
interface SessionTables {
  session: SessionRow
}

const noPosition = () => ({ position: null })

export function openSqlSessionStore(db: SqlDatabase): SessionStore {
  const sql = db.for<SessionTables>()
  return {
    async create(record) {
      await sql.write(noPosition(), (tx) => tx.insertInto('session').values(toRow(record)).execute())
    },

    async get(id, now) {
      const row = await sql
        .readFresh()
        .selectFrom('session')
        .selectAll()
        .where('id', '=', id)
        .where('ends_at', '>', now)
        .executeTakeFirst()
      return row ? fromRow(row) : null
    },

    async touch(id, now) {
      await sql.write(noPosition(), (tx) =>
        tx
          .updateTable('session')
          .set(({ eb, ref }) => ({
            last_seen_at: now,
            ends_at: eb
              .case()
              .when(eb(ref('expires_at'), '<', eb(ref('idle_ms'), '+', now)))
              .then(ref('expires_at'))
              .else(eb(ref('idle_ms'), '+', now))
              .end(),
          }))
          .where('id', '=', id)
          // What has ended stays ended, and a late touch of another node does not turn time back.
          .where('ends_at', '>', now)
          .where('last_seen_at', '<', now)
          .execute(),
      )
    },

    async replace(id, version, sealed) {
      const result = await sql.write(noPosition(), (tx) =>
        tx
          .updateTable('session')
          .set({ sealed, version: version + 1 })
          .where('id', '=', id)
          .where('version', '=', version)
          .executeTakeFirst(),
      )
      return result.numUpdatedRows > 0n
    },

    async destroy(id) {
      await sql.write(noPosition(), (tx) => tx.deleteFrom('session').where('id', '=', id).execute())
    },

    async list(account, now) {
      const rows = await sql
        .readFresh()
        .selectFrom('session')
        .selectAll()
        .where('account', '=', account)
        .where('ends_at', '>', now)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(fromRow)
    },

    async destroyAll(account, exceptId) {
      const result = await sql.write(noPosition(), (tx) =>
        tx
          .deleteFrom('session')
          .where('account', '=', account)
          .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId!))
          .executeTakeFirst(),
      )
      return Number(result.numDeletedRows)
    },

    async sweep(now) {
      const result = await sql.write(noPosition(), (tx) =>
        tx.deleteFrom('session').where('ends_at', '<=', now).executeTakeFirst(),
      )
      return Number(result.numDeletedRows)
    },

    // The database is boot's to close.
    async close() {},
  }
}

function toRow(record: SessionRecord): SessionRow {
  return {
    id: record.id,
    account: record.account,
    address: record.address,
    kind: record.kind,
    label: record.label.slice(0, 255),
    remote_address: record.remoteAddress,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    idle_ms: record.idleMs,
    ends_at: Math.min(record.expiresAt, record.createdAt + record.idleMs),
    last_seen_at: record.createdAt,
    scopes: record.scopes && JSON.stringify(record.scopes),
    sealed: record.sealed,
    version: record.version,
  }
}

function fromRow(row: SessionRow): StoredSession {
  return {
    id: row.id,
    account: row.account,
    address: row.address,
    kind: row.kind === 'token' ? 'token' : 'cookie',
    label: row.label,
    remoteAddress: row.remote_address,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    idleMs: Number(row.idle_ms),
    lastSeenAt: Number(row.last_seen_at),
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
    sealed: row.sealed,
    version: Number(row.version),
  }
}
