// MailStateStore in SQL: a row an entry. Long state strings (kind `state`) are swept after 30 days; the rest is few and stays.

import type { Clock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { MailStateKind, MailStateStore } from '#ports/mail-state-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { MailStateTables } from './tables.ts'

// Bound parameters of one statement: SQLite and PostgreSQL take tens of thousands, MariaDB's packet is the limit.
const keysPerStatement = 500
const stateDays = 30

export interface SqlMailState extends MailStateStore {
  /** Removes state strings that are too old; returns how many. */
  sweep(): Promise<number>
}

export function openSqlMailState(deps: { readonly sql: Sql<MailStateTables>; readonly clock: Clock }): SqlMailState {
  const { sql, clock } = deps
  const position = { position: null }

  return {
    async get(account, kind, keys) {
      const found = new Map<string, string>()
      for (let at = 0; at < keys.length; at += keysPerStatement) {
        // Written on another node a moment ago: the writer is asked, never a replica.
        const rows = await sql
          .readFresh()
          .selectFrom('mail_state')
          .select(['name', 'value'])
          .where('account', '=', account)
          .where('kind', '=', kind)
          .where('name', 'in', keys.slice(at, at + keysPerStatement))
          .execute()
        for (const { name, value } of rows) found.set(name, value)
      }
      return found
    },

    async all(account, kind) {
      const rows = await sql
        .readFresh()
        .selectFrom('mail_state')
        .select(['name', 'value'])
        .where('account', '=', account)
        .where('kind', '=', kind)
        .execute()
      return new Map(rows.map(({ name, value }) => [name, value]))
    },

    async mailboxes(account) {
      const rows = await sql
        .readFresh()
        .selectFrom('mail_state')
        .select(['kind', 'name', 'value'])
        .where('account', '=', account)
        .where('kind', 'in', ['mailbox', 'role'])
        .execute()
      const of = (kind: MailStateKind) =>
        new Map(rows.filter((row) => row.kind === kind).map(({ name, value }) => [name, value]))
      return { aliases: of('mailbox'), roles: of('role') }
    },

    async put(account, kind, entries) {
      if (entries.size === 0) return
      await sql.write(position, async (tx) => {
        for (const [name, value] of entries) {
          const row = { value, written_at: clock.now() }
          await tx
            .insertInto('mail_state')
            .values({ account, kind, name, ...row })
            .onConflict((on) => on.columns(['account', 'kind', 'name']).doUpdateSet(row))
            .execute()
        }
      })
    },

    async putFirst(account, kind, name, value) {
      const read = async () => (await this.get(account, kind, [name])).get(name)
      const present = await read()
      if (present !== undefined) return present
      try {
        await sql.write(position, (tx) =>
          tx.insertInto('mail_state').values({ account, kind, name, value, written_at: clock.now() }).execute(),
        )
        return value
      } catch (error) {
        // Another node was first: the unique key decided.
        const winner = isFailure(error, 'conflict') ? await read() : undefined
        if (winner === undefined) throw error
        return winner
      }
    },

    async sweep() {
      const before = clock.now() - stateDays * 86_400_000
      const { numDeletedRows } = await sql.write(position, (tx) =>
        tx
          .deleteFrom('mail_state')
          .where('kind', '=', 'state')
          .where('written_at', '<', before)
          .executeTakeFirstOrThrow(),
      )
      return Number(numDeletedRows)
    },
  }
}
