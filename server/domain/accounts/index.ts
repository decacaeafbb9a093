// Accounts: who has signed in here, and what room their mailbox has. The mail server decides who exists; an account row is made
// at the first sign-in and holds nothing that the server behind knows better.

import { createHash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import type { OpenMail, QuotaRow } from '#ports/mail-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { AccountId } from '#shared/ids.ts'
import { insertAccount } from './store.ts'
import type { AccountTables } from './tables.ts'

export interface AccountsDeps {
  readonly sql: Sql<AccountTables>
  readonly openMail: OpenMail
  readonly clock: Clock
  /** Told once for each account, by the node that made its row. */
  readonly onCreated?: (account: AccountId, address: string) => void
}

export interface Accounts {
  /** The account of a normalised address; its row is made when there is none. */
  ensure(address: string): Promise<AccountId>
  /** What the mail server allows and has used; [] where it tells none. */
  quota(caller: Caller): Promise<readonly QuotaRow[]>
}

export function openAccounts(deps: AccountsDeps): Accounts {
  return {
    async ensure(address) {
      const id = accountIdOf(address)
      const isNew = await insertAccount(deps.sql, { position: null }, { id, address, created_at: deps.clock.now() })
      if (isNew) deps.onCreated?.(id, address)
      return id
    },
    async quota(caller) {
      const mail = await deps.openMail(caller)
      return mail.quota(caller.signal)
    },
  }
}

/**
 * The same on every node and for ever, with nothing to look up: `a` and the first 128 bits of the address's SHA-256.
 * @param address normalised by the directory
 */
export function accountIdOf(address: string): AccountId {
  return `a${createHash('sha256').update(address).digest().subarray(0, 16).toString('base64url')}`
}
