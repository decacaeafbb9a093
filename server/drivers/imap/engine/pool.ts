// Connections of all accounts on this node: bounded per account and in all, shared where that is safe, repaired when they drop,
// closed when idle. A node that dies loses nothing here: all of it is opened anew on demand.

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, isFailure, toFailure } from '#core/errors.ts'
import { backoffMs } from '#core/retry.ts'
import { AccountPool, type Slot } from './account-pool.ts'
import { repairedBody } from './body-repair.ts'
import { noop, selectMailbox } from './commands/select.ts'
import { isDropped } from './failures.ts'
import { Lease } from './lease.ts'
import { openConnection } from './open-connection.ts'
import type { Hold, Need, OpenPool, Pool, PoolAccount } from './pool-types.ts'
import { hopeless, isInTrouble, untilWell } from './reach-server.ts'
import type { Connection, ConnectionOptions, Features } from './types.ts'

/** How often work is done anew after a drop, or a refused connect. A server that restarts is back within these. */
const MAX_ATTEMPTS = 4
/** Unused for so long, a connection is asked whether it lives before something is changed through it. */
const DOUBT_AFTER_MS = 5000
/** How long a server's "too many connections" is believed. */
const CEILING_MS = 60_000

export const openPool: OpenPool = (deps, limits): Pool => {
  const accounts = new Map<string, AccountPool>()
  /** Accounts that want a connection when the node has room, in order. */
  const hungry = new Set<AccountPool>()
  /** Who signs in and waits for room, in order. */
  const arriving = new Set<() => void>()
  const closing = new AbortController()
  let verifying = 0
  /** Connections that make room: to the server they are there until they are closed. */
  let leaving = 0
  const total = () =>
    [...accounts.values()].reduce((sum, one) => sum + one.slots.size + one.opening, verifying + leaving)

  const poolOf = (account: PoolAccount): AccountPool => {
    const known = accounts.get(account.key)
    if (known) {
      known.account = account // the newest credential opens the next connection
      return known
    }
    const made = new AccountPool(account, limits.pool, { open, freed, now: () => deps.clock.now() })
    accounts.set(account.key, made)
    return made
  }

  const optionsFor = (features: Features | null, account: PoolAccount): ConnectionOptions => {
    const { server, credential } = account
    const guid = features?.guid
    return {
      server,
      credential,
      limits: limits.connection,
      log: deps.log,
      disable: deps.disable,
      compress: deps.compress,
      masterSeparator: deps.masterSeparator,
      ca: deps.ca,
      onAlert: (text) => deps.onAlert?.(account, text),
      ...(typeof guid === 'boolean' ? { isGuidKnown: guid } : {}),
    }
  }

  /** False: no room on this node, or not yet again after a failure; the account is called when there is. */
  function open(pool: AccountPool): boolean {
    if (closing.signal.aborted) return false
    const { account } = pool
    // The same password would be refused the same way, and count towards a lock-out.
    const isSame = JSON.stringify(pool.refusedCredential) === JSON.stringify(account.credential)
    if (pool.lastFailure?.code === 'badCredentials' && isSame && deps.clock.now() < pool.retryAt) {
      pool.refuseAll(pool.lastFailure)
      return false
    }
    const failure = hopeless(account.server)
    if (failure) {
      pool.refuseAll(failure)
      return false
    }
    if (total() >= limits.pool.maxPerNode) {
      hungry.add(pool)
      evict()
      return false
    }
    pool.opening++
    void connect(pool, account)
    return true
  }

  async function connect(pool: AccountPool, account: PoolAccount): Promise<void> {
    try {
      await untilWell(account.server, closing.signal)
      const waitMs = pool.retryAt - deps.clock.now()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: closing.signal })
      const startedAt = deps.clock.now()
      const connection = await openConnection(optionsFor(pool.features, account), closing.signal)
      pool.opening--
      adopt(pool, connection, startedAt)
    } catch (error) {
      pool.opening--
      const failure = closing.signal.aborted
        ? new Failure('canceled', { reason: 'the pool is closing' })
        : toFailure(error)
      // The server's trouble is not the account's: no pause of its own beside the one question.
      if (!isInTrouble(account.server)) suffer(pool, account, failure)
      pool.refuse(failure)
      pool.dispatch()
      freed(pool)
    }
  }

  function adopt(pool: AccountPool, connection: Connection, startedAt: number): Slot {
    const at = deps.clock.now()
    pool.lastOpened = { at, tookMs: at - startedAt }
    pool.failures = 0
    pool.retryAt = 0
    pool.lastFailure = null
    const slot = pool.add(connection)
    pool.dispatch()
    return slot
  }

  function suffer(pool: AccountPool, account: PoolAccount, failure: Failure): void {
    pool.failures++
    pool.lastFailure = failure
    pool.refusedCredential = account.credential
    pool.retryAt =
      deps.clock.now() +
      backoffMs({ baseMs: limits.pool.backoffBaseMs, maxMs: limits.pool.backoffMaxMs }, Math.min(pool.failures, 20))
    if (failure.code !== 'tooManyConnections') return
    pool.ceiling = Math.max(1, pool.slots.size)
    setTimeout(() => (pool.ceiling = limits.pool.maxPerAccount), CEILING_MS).unref()
    deps.log.warn('imap.too-many-connections', { account: account.key, open: pool.slots.size })
  }

  /** The connection, of whatever account, that was left alone for longest: free, or only watched with. */
  function oldest(fits: (pool: AccountPool, slot: Slot) => boolean): { pool: AccountPool; slot: Slot } | null {
    let found: { pool: AccountPool; slot: Slot } | null = null
    for (const pool of accounts.values()) {
      for (const slot of pool.slots) {
        if (fits(pool, slot) && (found === null || slot.usedAt < found.slot.usedAt)) found = { pool, slot }
      }
    }
    return found
  }

  /** Closes one that nobody uses; else asks for one that is only watched with, to come free in a while. One for each who waits for room. */
  function evict(): void {
    if (leaving >= hungry.size + arriving.size) return
    const free = oldest((pool, slot) => pool.isFree(slot))
    if (free) {
      leaving++
      void free.pool.retire(free.slot).finally(() => {
        leaving--
        feed()
      })
      return
    }
    const watched = oldest((_, { users, hold }) => users === 0 && hold !== null && !hold.signal.aborted)
    // Later: whoever gives it up at once must find the one who waits among the hungry.
    queueMicrotask(() => watched?.slot.hold?.abort())
  }

  /** A place became free, perhaps the last of that account. */
  function freed(from: AccountPool): void {
    if (from.isIdle && from.failures === 0) accounts.delete(from.account.key)
    feed()
  }

  /** Goes on until somebody finds no place: some need none any more. Who signs in comes first: he leaves a connection that nobody uses. */
  function feed(): void {
    for (const arrive of [...arriving]) {
      arrive()
      if (arriving.has(arrive)) return
    }
    for (const next of [...hungry]) {
      if (!hungry.delete(next)) continue
      next.dispatch()
      if (hungry.has(next)) return
    }
  }

  /** Takes a place among those that sign in, as soon as there is one. */
  function roomToVerify(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        arriving.delete(arrive)
        signal.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        leave()
        reject(new Failure('canceled', { reason: 'no connection became free' }, signal.reason))
      }
      const arrive = () => {
        if (total() >= limits.pool.maxPerNode) return evict()
        leave()
        verifying++
        resolve()
      }
      arriving.add(arrive)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      else arrive()
    })
  }

  /** The mailbox selected, and what the connection knows of it fresh. */
  async function prepare(slot: Slot, need: Need): Promise<void> {
    const { connection } = slot
    if (need.mailbox === null) return
    if (!slot.mustSelect) {
      // Awaited: Dovecot puts off what NOOP does behind the commands pipelined after it, which then see the old view. A drop is heard of there.
      if (!need.mayBeStale) await noop(connection).catch(() => {})
      return
    }
    slot.selecting ??= selectMailbox(connection, need.mailbox, { isReadOnly: slot.isReadOnly })
    try {
      await slot.selecting
    } catch (error) {
      slot.mailbox = null
      throw error
    } finally {
      slot.mustSelect = false
      slot.selecting = null
    }
  }

  async function lend(account: PoolAccount, need: Need): Promise<{ lease: Lease; giveBack: () => void }> {
    if (closing.signal.aborted) throw new Failure('canceled', { reason: 'the pool is closed' })
    const pool = poolOf(account)
    const slot = await pool.acquire(need, false)
    const lease = new Lease(slot.connection, deps.clock.now() - slot.usedAt > DOUBT_AFTER_MS)
    let isOut = true
    const giveBack = () => {
      if (!isOut) return
      isOut = false
      if (lease.hasMovedMailboxes) for (const one of pool.slots) one.isStale = true
      if (lease.features.guid !== 'unknown') pool.features = lease.features
      pool.release(slot, false)
    }
    try {
      await prepare(slot, need)
      return { lease, giveBack }
    } catch (error) {
      giveBack()
      throw error
    }
  }

  const pool: Pool = {
    async use(account, need, work) {
      for (let attempt = 1; ; attempt++) {
        let lease: Lease | null = null
        try {
          const lent = await lend(account, need)
          lease = lent.lease
          try {
            return await work(lease)
          } finally {
            lent.giveBack()
          }
        } catch (error) {
          if (lease?.mayHaveChanged && isDropped(error))
            throw new Failure(error.code, { ...error.detail, isUncertain: true }, error)
          if (attempt >= MAX_ATTEMPTS || need.signal.aborted || closing.signal.aborted || !mayPass(error)) throw error
          deps.log.info('imap.repair', { account: account.key, attempt, reason: error.detail.reason ?? error.code })
        }
      }
    },

    async hold(account, need) {
      const owner = poolOf(account)
      const slot = await owner.acquire(need, true)
      const wanted = slot.hold?.signal ?? AbortSignal.abort()
      let isHeld = true
      const hold: Hold = {
        connection: slot.connection,
        wanted,
        release() {
          if (!isHeld) return
          isHeld = false
          slot.connection.setIdle(false)
          owner.release(slot, true)
        },
      }
      try {
        await prepare(slot, need)
        return hold
      } catch (error) {
        hold.release()
        throw error
      }
    },

    body: (account, need, request) => repairedBody((again) => lend(account, again), need, request),

    async verify(account, signal) {
      await untilWell(account.server, signal)
      const ending = AbortSignal.any([signal, closing.signal])
      await roomToVerify(ending)
      let isPlaceFree = true
      try {
        const options = optionsFor(accounts.get(account.key)?.features ?? null, account)
        const startedAt = deps.clock.now()
        const connection = await openConnection(options, ending)
        verifying--
        isPlaceFree = false
        // Only now: a wrong password must not become the account's.
        const owner = poolOf(account)
        const slot = adopt(owner, connection, startedAt)
        const spare = owner.slots.size > limits.pool.maxPerAccount && [...owner.slots].find((one) => owner.isFree(one))
        if (spare) void owner.retire(spare)
        owner.rest(slot)
      } finally {
        if (isPlaceFree) verifying--
        feed()
      }
    },

    listen(account, listener) {
      const owner = poolOf(account)
      owner.listeners.add(listener)
      return () => owner.listeners.delete(listener)
    },

    features: (accountKey) => accounts.get(accountKey)?.features ?? null,

    stats() {
      const all = [...accounts.values()]
      const slots = all.flatMap((one) => [...one.slots].map((slot) => one.isFree(slot)))
      return {
        open: slots.length,
        inUse: slots.filter((isFree) => !isFree).length,
        waiting: all.reduce((sum, one) => sum + one.waiting, 0),
      }
    },

    async forget(accountKey) {
      const owner = accounts.get(accountKey)
      if (!owner) return
      accounts.delete(accountKey)
      hungry.delete(owner)
      owner.refuseAll(new Failure('canceled', { reason: 'the account was forgotten' }))
      // Those in use end with their work: release finds no account and closes them.
      await Promise.all([...owner.slots].map((slot) => owner.retire(slot)))
    },

    async close() {
      closing.abort()
      await Promise.all([...accounts.keys()].map((key) => pool.forget(key)))
    },
  }
  return pool
}

/** Whether the same may succeed on another connection, and soon. */
function mayPass(error: unknown): error is Failure {
  if (isDropped(error)) return error.code === 'unavailable' || error.code === 'tooManyConnections'
  return isFailure(error, 'unavailable', 'tooManyConnections') && error.detail.command === undefined
}
