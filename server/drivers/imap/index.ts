// The mail store over IMAP (ports/mail-store.ts): the door of this room. Accounts are opened as they are asked for and leave the memory when
// nobody used them for long, or when their indexes outgrow the node's bound.

import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { MailStateStore } from '#ports/mail-state-store.ts'
import type { MailAlert, MailLogin, MailStore } from '#ports/mail-store.ts'
import type { SnapshotStore } from '#ports/snapshot-store.ts'
import type { AccountId } from '#shared/ids.ts'
import { defaultImapMailStoreLimits, type ImapMailStoreLimits } from './context.ts'
import { openPool } from './engine/pool.ts'
import type { PoolAccount, PoolLimits } from './engine/pool-types.ts'
import type { ConnectionLimits } from './engine/types.ts'
import { type OpenAccount, openImapAccount } from './imap-account.ts'

export { isPathLost, onPathChange, pathFailure, unheardMs } from './engine/reach-server.ts'

const SWEEP_MS = 30_000

export const defaultConnectionLimits: ConnectionLimits = {
  connectTimeoutMs: 10_000,
  loginTimeoutMs: 30_000,
  commandTimeoutMs: 60_000,
  suspectAfterMs: 1_000,
  // A SYN that was lost is sent again after a second.
  pathTimeoutMs: 2_000,
  reachTimeoutMs: 4_000,
  restartMs: 6_000,
  stalledReaderTimeoutMs: 60_000,
  maxResponseBytes: 16 * 1024 * 1024,
  maxPipelined: 64,
}

export const defaultPoolLimits: PoolLimits = {
  maxPerAccount: 4,
  maxPerNode: 2000,
  idleCloseMs: 60_000,
  acquireTimeoutMs: 30_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
}

export interface ImapMailStoreParts {
  readonly state: MailStateStore
  readonly snapshots: SnapshotStore | null
  readonly log: Log
  readonly clock: Clock
  /** Capabilities to act as if no server had them. */
  readonly disable?: readonly string[]
  readonly compress?: boolean
  readonly masterSeparator?: string | null
  /** More CAs to trust, PEM. */
  readonly ca?: string
}

export interface ImapMailStore extends MailStore {
  /** Connections of this node to mail servers, and commands that wait for one. */
  connections(): { readonly open: number; readonly inUse: number; readonly waiting: number }
}

export function openImapMailStore(
  deps: ImapMailStoreParts,
  limits: {
    readonly connection?: Partial<ConnectionLimits>
    readonly pool?: Partial<PoolLimits>
    readonly store?: Partial<ImapMailStoreLimits>
  } = {},
): ImapMailStore {
  const { state, snapshots, log, clock } = deps
  const storeLimits = { ...defaultImapMailStoreLimits, ...limits.store }
  const alertListeners = new Set<(alert: MailAlert) => void>()
  const onAlert = ({ key, server }: PoolAccount, text: string) => {
    for (const listener of alertListeners) listener({ account: key, server: server.host, text })
  }
  const pool = openPool(
    { ...deps, onAlert },
    {
      connection: { ...defaultConnectionLimits, ...limits.connection },
      pool: { ...defaultPoolLimits, ...limits.pool },
    },
  )
  const accounts = new Map<AccountId, OpenAccount>()
  const poolAccount = ({ account, server, credential }: MailLogin): PoolAccount => ({
    key: account,
    server,
    credential,
  })

  const drop = async (id: AccountId, opened: OpenAccount, isKept: boolean) => {
    accounts.delete(id)
    await opened.close(isKept)
  }
  const release = (id: AccountId, opened: OpenAccount) => {
    accounts.delete(id)
    void opened.release()
  }
  const sweep = () => {
    const idle = [...accounts]
      .filter(([, opened]) => opened.isIdle())
      .sort(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt)
    let bytes = [...accounts.values()].reduce((sum, { ctx }) => sum + ctx.index.byteLength, 0)
    for (const [id, opened] of idle) {
      const isOld = clock.now() - opened.lastUsedAt > storeLimits.idleAccountMs
      if (!isOld && bytes <= storeLimits.maxIndexBytes) break
      bytes -= opened.ctx.index.byteLength
      release(id, opened)
    }
  }
  const sweeping = setInterval(sweep, SWEEP_MS)
  sweeping.unref()

  return {
    connections: () => pool.stats(),
    verify: (login, signal) => pool.verify(poolAccount(login), signal),
    account(login) {
      let opened = accounts.get(login.account)
      if (!opened) {
        opened = openImapAccount({ pool, state, snapshots, log, clock }, storeLimits, login.account, poolAccount(login))
        accounts.set(login.account, opened)
      }
      opened.ctx.login = poolAccount(login)
      opened.lastUsedAt = clock.now()
      return opened.account
    },
    onAlert(listener) {
      alertListeners.add(listener)
      return () => alertListeners.delete(listener)
    },
    async forget(id) {
      const opened = accounts.get(id)
      if (opened) await drop(id, opened, false)
      await pool.forget(id)
    },
    async close() {
      clearInterval(sweeping)
      await Promise.all([...accounts].map(([id, opened]) => drop(id, opened, true)))
      await pool.close()
    },
  }
}
