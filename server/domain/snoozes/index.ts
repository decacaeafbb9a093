// The door of snoozing: messages that are out of sight until a time, and return to where they were, as new, whatever mail server is behind and
// whichever node is alive. The message lies in the mailbox of the role `snoozed` meanwhile, where every client sees it; the row says when it
// returns. A row that is lost leaves a message there, never none.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { changesSince, recordChanges, stateOf } from '#domain/changes/index.ts'
import { mailboxForRole } from '#domain/mail/index.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import { asReader } from '#ports/sql.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { Snooze } from '#shared/jmap/settings.ts'
import { homeOf, snoozedName, wakeEarly } from './put-back.ts'
import { credentialPurpose, openCredential, returnDue } from './return-due.ts'
import {
  countSnoozes,
  deleteSnooze,
  findByEmail,
  findSnoozes,
  insertSnooze,
  markAsleep,
  nextDue,
  reset,
} from './store.ts'
import type { SnoozeRow } from './tables.ts'
import type { NewSnooze, SnoozeDeps, Snoozes } from './types.ts'

export type { SnoozeTables } from './tables.ts'
export type { Snoozes } from './types.ts'

export function openSnoozes(deps: SnoozeDeps): Snoozes {
  const { sql, bus, clock, config, ring } = deps
  const logOf = (account: string) => ({ account, type: 'Snooze' }) as const
  const publish = ({ account }: Caller, state: string) => bus.publish({ account, changed: { Snooze: state } })
  const seal = (caller: Caller, id: string) => ring.seal(credentialPurpose, id, JSON.stringify(caller.credential))

  function checkTime(until: number): void {
    const now = clock.now()
    if (until <= now || until > now + config.maxAheadMs) throw new Failure('badInput', { properties: ['until'] })
  }

  async function reschedule(caller: Caller, row: SnoozeRow, until: number): Promise<void> {
    const { id } = row
    const state = await sql.write(caller, async (tx) => {
      const change = { until_at: until, next_at: until, credential: seal(caller, id) }
      if (!(await reset(tx, caller.account, id, change))) throw new Failure('notFound', { id })
      return recordChanges(tx, logOf(caller.account), [{ id, kind: 'updated' }])
    })
    deps.wake?.(until)
    await publish(caller, state)
  }

  async function forget(caller: Caller, id: string): Promise<void> {
    const state = await sql.write(caller, async (tx) => {
      if (!(await deleteSnooze(tx, caller.account, id))) throw new Failure('notFound', { id })
      return recordChanges(tx, logOf(caller.account), [{ id, kind: 'destroyed' }])
    })
    await publish(caller, state)
  }

  /** Who is signed in has a password that works: what waits for one gets it. */
  async function renew(caller: Caller, rows: readonly SnoozeRow[]): Promise<void> {
    const plain = JSON.stringify(caller.credential)
    for (const row of rows) {
      if (row.next_at !== null || JSON.stringify(openCredential(deps, row)) === plain) continue
      await reschedule(caller, row, row.until_at)
    }
  }

  async function write(caller: Caller, email: EmailRow, wish: NewSnooze, mailbox: MailboxId): Promise<SnoozeRow> {
    const id = randomUUID()
    const row: SnoozeRow = {
      id,
      account: caller.account,
      address: caller.address,
      email_id: email.id,
      message_id: messageIdOf(email),
      mailbox_id: mailbox,
      credential: seal(caller, id),
      until_at: wish.until,
      next_at: wish.until,
      is_asleep: 0,
      attempts: 0,
      fence: 0,
      lease_until: 0,
    }
    try {
      const state = await sql.write(caller, async (tx) => {
        const count = await countSnoozes(asReader(tx), caller.account)
        if (count >= config.maxPerAccount) throw new Failure('overQuota', { count })
        await insertSnooze(tx, row)
        return recordChanges(tx, logOf(caller.account), [{ id, kind: 'created' }])
      })
      await publish(caller, state)
      return row
    } catch (error) {
      // Another request of the same person was faster: one message sleeps once.
      const other = await findByEmail(sql.readFresh(), caller.account, email.id)
      if (!other) throw error
      return other
    }
  }

  return {
    config,
    async list(caller, ids) {
      // The state first: it may be older than the rows, never newer.
      const state = await stateOf(sql.readFresh(), logOf(caller.account))
      const rows = await findSnoozes(sql.readFresh(), caller.account, ids)
      await renew(caller, rows)
      return { state, list: rows.map(toSnooze) }
    },
    state: (caller) => stateOf(sql.readFresh(), logOf(caller.account)),
    changes: (caller, sinceState, maxChanges) =>
      changesSince(sql.readFresh(), logOf(caller.account), sinceState, maxChanges),

    async create(caller, wish) {
      checkTime(wish.until)
      const account = await deps.openMail(caller)
      const [email] = await account.rows([wish.emailId], { listHeaders: true }, caller.signal)
      if (!email) throw new Failure('badInput', { properties: ['emailId'] })
      const { list } = await account.mailboxes({ threads: false }, caller.signal)
      const mailbox = wish.mailboxId ?? homeOf(email, list)
      if (mailbox === null || !list.some(({ id }) => id === mailbox))
        throw new Failure('badInput', { properties: ['mailboxId'] })
      const known = await findByEmail(sql.readFresh(), caller.account, email.id)
      // The row before the move: who dies between them leaves a message that shows up once more, not one that never does.
      const row = known ?? (await write(caller, email, wish, mailbox))
      if (row.id === known?.id || row.until_at !== wish.until) await reschedule(caller, row, wish.until)
      await deps.onStep?.('rowWritten')
      try {
        await putToSleep(account, email, caller.signal)
      } catch (error) {
        if (!known) await forget(caller, row.id)
        throw error
      }
      await sql.write(caller, (tx) => markAsleep(tx, row.id))
      await deps.onStep?.('asleep')
      deps.wake?.(wish.until)
      return toSnooze({ ...row, until_at: wish.until, next_at: wish.until })
    },
    async change(caller, id, until) {
      checkTime(until)
      const [row] = await findSnoozes(sql.readFresh(), caller.account, [id])
      if (!row) throw new Failure('notFound', { id })
      await reschedule(caller, row, until)
    },
    async destroy(caller, id) {
      const [row] = await findSnoozes(sql.readFresh(), caller.account, [id])
      if (!row) throw new Failure('notFound', { id })
      // A node is putting it back this very moment: what was asked for happens, and twice would be a copy too many.
      if (row.lease_until > clock.now()) return
      // The message before the row: who dies between them leaves a row that finds nothing to do.
      await wakeEarly(await deps.openMail(caller), row, caller.signal)
      await forget(caller, id)
    },
    returnDue: (signal) => returnDue(deps, signal),
    nextDue: () => nextDue(sql.readFresh()),
  }
}

async function putToSleep(account: MailAccount, email: EmailRow, signal: AbortSignal): Promise<void> {
  const asleep = await mailboxForRole(account, 'snoozed', snoozedName, signal)
  const removeMailboxes = email.mailboxIds.filter((mailbox) => mailbox !== asleep)
  if (removeMailboxes.length === 0) return
  const outcomes = await account.change([{ id: email.id, addMailboxes: [asleep], removeMailboxes }], signal)
  for (const failure of outcomes.values()) if (failure) throw failure
}

function messageIdOf({ listHeaders }: EmailRow): string {
  const header = Buffer.from(listHeaders ?? []).toString('latin1')
  return /^message-id:\s*(<[^<>\s]+>)\s*$/im.exec(header)?.[1] ?? ''
}

function toSnooze(row: SnoozeRow): Snooze {
  return {
    id: row.id,
    emailId: row.email_id,
    mailboxId: row.mailbox_id,
    until: `${new Date(row.until_at).toISOString().slice(0, 19)}Z`,
    isSignInNeeded: row.next_at === null,
  }
}
