// The door of alerts: what a mail server wants its users to read ([ALERT], RFC 9051 §7.1) until they have put it away.
//
// Any node's connection may hear one; the row in SQL, whose id is made of server and words, makes it one alert for all of them, and
// the change log brings it to every client that listens. A server that says the same at each sign-in is shown once a week at most.
// The words are a stranger's: cut, without control characters, plain text everywhere.

import { createHash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { plainText } from '#core/plain-text.ts'
import { changesSince, type ObjectChange, type ObjectChanges, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { MailAlert } from '#ports/mail-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { AccountId } from '#shared/ids.ts'
import type { MailAlert as ShownAlert } from '#shared/jmap/settings.ts'
import { deleteAlerts, dismissAlert, insertAlert, readAll, readOld, readShown, showAgain } from './store.ts'
import type { AlertTables } from './tables.ts'

export type { AlertTables } from './tables.ts'

const maxPerAccount = 20
const quietMs = 7 * 86_400_000
const keepMs = 30 * 86_400_000
/** An alert heard again within this is no news to this node: no log line, no SQL. */
const heardMs = 10 * 60_000
const maxHeard = 10_000
const sweepRows = 500

export interface Alerts {
  /** Writes down what was heard; never throws, never waits. */
  record(alert: MailAlert): void
  list(
    caller: Caller,
    ids: readonly string[] | null,
  ): Promise<{ readonly state: string; readonly list: readonly ShownAlert[] }>
  state(caller: Caller): Promise<string>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  /** Put away by its reader. notFound. */
  dismiss(caller: Caller, id: string): Promise<void>
  /** The housekeeper's. */
  sweep(): Promise<void>
  /** Waits for what is being written. */
  settled(): Promise<void>
}

export function openAlerts(deps: {
  readonly sql: Sql<AlertTables>
  readonly bus: Pick<ChangeBus, 'publish'>
  readonly clock: Clock
  readonly log: Log
}): Alerts {
  const { sql, bus, clock, log } = deps
  const key = (account: AccountId) => ({ account, type: 'MailAlert' }) as const
  const heard = new Map<string, number>()
  const writing = new Set<Promise<void>>()

  function isNews(account: AccountId, id: string): boolean {
    const name = `${account} ${id}`
    const before = heard.get(name)
    if (before !== undefined && clock.now() - before < heardMs) return false
    heard.delete(name)
    heard.set(name, clock.now())
    if (heard.size > maxHeard) heard.delete(heard.keys().next().value as string)
    return true
  }

  async function write(account: AccountId, row: AlertTables['mail_alert']): Promise<void> {
    const state = await sql.write({ position: null }, async (tx) => {
      const rows = await readAll(tx, account)
      const known = rows.find(({ id }) => id === row.id)
      if (known && (known.dismissed_at === null || known.dismissed_at > row.received_at - quietMs)) return null
      const changes: ObjectChange[] = [{ id: row.id, kind: 'created' }]
      if (known) await showAgain(tx, account, row.id, row.received_at)
      else {
        const surplus = rows.slice(maxPerAccount - 1)
        await deleteAlerts(
          tx,
          account,
          surplus.map(({ id }) => id),
        )
        for (const { id, dismissed_at } of surplus) if (dismissed_at === null) changes.push({ id, kind: 'destroyed' })
        await insertAlert(tx, row)
      }
      return recordChanges(tx, key(account), changes)
    })
    if (state !== null) await bus.publish({ account, changed: { MailAlert: state } })
  }

  return {
    record({ account, server, text: raw }) {
      const text = plainText(raw, 500)
      if (text === '') return
      const id = createHash('sha256').update(`${server}\0${text}`).digest('base64url').slice(0, 24)
      if (!isNews(account, id)) return
      log.warn('mail.alert', { account, server, text })
      const row = { account, id, server: server.slice(0, 255), text, received_at: clock.now(), dismissed_at: null }
      const done = write(account, row)
        .catch((error: unknown) => {
          // Another node was first with the same words.
          if (isFailure(error, 'conflict')) return
          heard.delete(`${account} ${id}`)
          log.error('mail.alert-lost', { account, code: toFailure(error).code })
        })
        .finally(() => writing.delete(done))
      writing.add(done)
    },
    async list(caller, ids) {
      const state = await stateOf(sql.read(caller), key(caller.account))
      const rows = await readShown(sql.read(caller), caller.account, ids)
      const list = rows.map(({ id, server, text, received_at }) => ({
        id,
        server,
        text,
        receivedAt: new Date(Number(received_at)).toISOString().replace('.000Z', 'Z'),
      }))
      return { state, list }
    },
    state: (caller) => stateOf(sql.read(caller), key(caller.account)),
    changes: (caller, since, max) => changesSince(sql.read(caller), key(caller.account), since, max),
    async dismiss(caller, id) {
      const state = await sql.write(caller, async (tx) => {
        if (!(await dismissAlert(tx, caller.account, id, clock.now()))) throw new Failure('notFound', { id })
        return recordChanges(tx, key(caller.account), [{ id, kind: 'destroyed' }])
      })
      await bus.publish({ account: caller.account, changed: { MailAlert: state } })
    },
    async sweep() {
      await sql.write({ position: null }, async (tx) => {
        const old = await readOld(tx, clock.now() - keepMs, sweepRows)
        for (const { account, id, dismissed_at } of old) {
          await deleteAlerts(tx, account, [id])
          if (dismissed_at === null) await recordChanges(tx, key(account), [{ id, kind: 'destroyed' }])
        }
      })
    },
    async settled() {
      await Promise.all(writing)
    },
  }
}
