// Push subscriptions (RFC 8620 §7.2): where a device wants to be told of changes while it holds no connection. A URL is told nothing
// until its owner has shown, by the code that we sent there, that he reads it. Messages are encrypted where the
// subscription has keys. They are sent by the node that follows the account, as long as one does: we keep no password to watch a
// mailbox with while nobody is there.

import { randomBytes } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { PushSender } from '#ports/push-sender.ts'
import type { Sql } from '#ports/sql.ts'
import type { AccountId } from '#shared/ids.ts'
import { encryptPush, type PushKeys } from './encrypt.ts'
import {
  changeSubscription,
  deleteSubscription,
  insertSubscription,
  type SubscriptionRow,
  subscriptionsOf,
  sweepSubscriptions,
} from './store.ts'
import type { PushTables } from './tables.ts'

export interface NewSubscription {
  readonly deviceClientId: string
  readonly url: string
  readonly keys: PushKeys | null
  /** Type names; null means all. */
  readonly types: readonly string[] | null
  readonly expiresAt: number | null
}

export interface Subscription {
  readonly id: string
  readonly deviceClientId: string
  /** Null until the client has given it back. */
  readonly verificationCode: string | null
  readonly expiresAt: number
  readonly types: readonly string[] | null
}

export interface SubscriptionsDeps {
  readonly sql: Sql<PushTables>
  readonly sender: PushSender
  /** Whether the session that a subscription was made with still stands. */
  readonly isSessionAlive: (session: string) => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

export interface Subscriptions {
  list(caller: Caller): Promise<readonly Subscription[]>
  /** badInput, overQuota. The verification goes out beside it. */
  create(caller: Caller, subscription: NewSubscription): Promise<Subscription>
  /** notFound; badInput for another code than the one sent. */
  update(
    caller: Caller,
    id: string,
    change: {
      readonly verificationCode?: string
      readonly expiresAt?: number | null
      readonly types?: readonly string[] | null
    },
  ): Promise<Subscription>
  destroy(caller: Caller, id: string): Promise<void>
  /** Tells the account's verified subscriptions. Never throws. */
  deliver(account: AccountId, states: Readonly<Record<string, string>>): Promise<void>
  sweep(): Promise<void>
}

const maxPerAccount = 20
/** RFC 8620 §7.2: «SHOULD be … at least 48 hours». */
const lifetimeMs = 7 * 86_400_000

export function openSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const { sql, sender, clock, log } = deps

  const expiry = (asked: number | null | undefined) => {
    const latest = clock.now() + lifetimeMs
    return asked === null || asked === undefined ? latest : Math.min(asked, latest)
  }

  async function standing(account: AccountId): Promise<readonly SubscriptionRow[]> {
    const rows = await subscriptionsOf(sql.readFresh(), account, clock.now())
    // «When these credentials have been revoked, the push subscription MUST be destroyed by the server.»
    const alive = await Promise.all(
      rows.map(async ({ session }) => session === null || (await deps.isSessionAlive(session))),
    )
    const dead = rows.filter((_, index) => !alive[index])
    for (const { id } of dead) await sql.write({ position: null }, (tx) => deleteSubscription(tx, account, id))
    return rows.filter((_, index) => alive[index])
  }

  async function find(caller: Caller, id: string): Promise<SubscriptionRow> {
    const row = (await standing(caller.account)).find((one) => one.id === id)
    if (!row) throw new Failure('notFound', { subscription: id })
    return row
  }

  async function send(row: SubscriptionRow, message: Record<string, unknown>): Promise<void> {
    try {
      const plain = Buffer.from(JSON.stringify(message))
      const keys = row.keys === null ? null : (JSON.parse(row.keys) as PushKeys)
      const outcome = await sender.send(
        row.url,
        {
          body: keys ? encryptPush(plain, keys) : plain,
          headers: {
            // RFC 8030 §5.2; a device that was off for longer asks for the states anyway.
            ttl: '86400',
            'content-type': keys ? 'application/octet-stream' : 'application/json',
            ...(keys && { 'content-encoding': 'aes128gcm' }),
          },
        },
        new AbortController().signal,
      )
      if (outcome === 'gone') await sql.write({ position: null }, (tx) => deleteSubscription(tx, row.account, row.id))
      if (outcome !== 'accepted') log.info('push.notAccepted', { subscription: row.id, outcome })
    } catch (error) {
      log.info('push.send', { subscription: row.id, code: toFailure(error).code })
    }
  }

  return {
    list: async (caller) => (await standing(caller.account)).map(told),

    async create(caller, asked) {
      // Tried out, so that a key that is none is refused now.
      if (asked.keys) encryptPush(new Uint8Array(), asked.keys)
      if ((await standing(caller.account)).length >= maxPerAccount)
        throw new Failure('overQuota', { max: maxPerAccount })
      const row: SubscriptionRow = {
        id: `ps${randomBytes(12).toString('base64url')}`,
        account: caller.account,
        session: caller.session?.startsWith('basic-') ? null : caller.session,
        device_client_id: asked.deviceClientId,
        url: asked.url,
        keys: asked.keys && JSON.stringify(asked.keys),
        types: asked.types && JSON.stringify(asked.types),
        verification_code: randomBytes(24).toString('base64url'),
        is_verified: 0,
        expires_at: expiry(asked.expiresAt),
      }
      await sql.write(caller, (tx) => insertSubscription(tx, row))
      void send(row, {
        '@type': 'PushVerification',
        pushSubscriptionId: row.id,
        verificationCode: row.verification_code,
      })
      return told(row)
    },

    async update(caller, id, { verificationCode, expiresAt, types }) {
      const row = await find(caller, id)
      if (verificationCode !== undefined && verificationCode !== row.verification_code) {
        throw new Failure('badInput', { properties: ['verificationCode'] })
      }
      const change = {
        ...(verificationCode !== undefined && { is_verified: 1 }),
        ...(expiresAt !== undefined && { expires_at: expiry(expiresAt) }),
        ...(types !== undefined && { types: types && JSON.stringify(types) }),
      }
      if (Object.keys(change).length > 0) {
        await sql.write(caller, (tx) => changeSubscription(tx, caller.account, id, change))
      }
      return told({ ...row, ...change })
    },

    async destroy(caller, id) {
      await find(caller, id)
      await sql.write(caller, (tx) => deleteSubscription(tx, caller.account, id))
    },

    async deliver(account, states) {
      try {
        for (const row of await standing(account)) {
          const types = row.types === null ? null : (JSON.parse(row.types) as string[])
          const wanted = Object.entries(states).filter(([name]) => !types || types.includes(name))
          if (row.is_verified === 0 || wanted.length === 0) continue
          await send(row, { '@type': 'StateChange', changed: { [account]: Object.fromEntries(wanted) } })
        }
      } catch (error) {
        log.warn('push.deliver', { account, code: isFailure(error) ? error.code : 'internal', error })
      }
    },

    sweep: () => sql.write({ position: null }, (tx) => sweepSubscriptions(tx, clock.now())),
  }
}

function told(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    deviceClientId: row.device_client_id,
    verificationCode: row.is_verified === 1 ? row.verification_code : null,
    expiresAt: Number(row.expires_at),
    types: row.types === null ? null : (JSON.parse(row.types) as string[]),
  }
}
