// The connections of one account, and who waits for them. Which waiter gets which connection is decided here, in the order they came;
// whether a further one may be opened is the node's matter (pool.ts).

import { Failure } from '#core/errors.ts'
import type { Need, PoolAccount, PoolLimits } from './pool-types.ts'
import type { Connection, ConnectionEvent, Features } from './types.ts'

export interface Slot {
  readonly connection: Connection
  users: number
  isExclusive: boolean
  hold: AbortController | null
  /** What is, or is being, selected. */
  mailbox: string | null
  isReadOnly: boolean
  /** The mailbox is still to be selected, by the first who got it; those who share wait for that. */
  mustSelect: boolean
  selecting: Promise<unknown> | null
  /** The mailbox may be another under the same name: nobody shares it. */
  isStale: boolean
  usedAt: number
  idleTimer: NodeJS.Timeout | null
}

interface Waiter {
  readonly since: number
  readonly need: Need
  readonly isHold: boolean
  resolve(slot: Slot): void
  reject(failure: unknown): void
}

export interface AccountHooks {
  /** A connection is wanted: open one if the node has room. True when it is on its way. */
  open(pool: AccountPool): boolean
  /** A slot became free or went: somebody else may want its place. */
  freed(pool: AccountPool): void
  now(): number
}

/** Beside a connection that is at work. */
const MOST_PATIENCE_MS = 2000

export class AccountPool {
  account: PoolAccount
  features: Features | null = null
  readonly slots = new Set<Slot>()
  readonly listeners = new Set<(event: ConnectionEvent, connection: Connection) => void>()
  opening = 0
  /** When the last one was there, and how long that took. */
  lastOpened = { at: 0, tookMs: 0 }
  /** Connect attempts that failed in a row, and until when the next one waits. */
  failures = 0
  retryAt = 0
  lastFailure: Failure | null = null
  /** The credential of that failure. */
  refusedCredential: PoolAccount['credential'] | null = null
  /** Lowered for a while when the server says that it takes no more. */
  ceiling: number
  readonly #waiters: Waiter[] = []
  #patience: NodeJS.Timeout | null = null
  readonly #limits: PoolLimits
  readonly #hooks: AccountHooks

  constructor(account: PoolAccount, limits: PoolLimits, hooks: AccountHooks) {
    this.account = account
    this.#limits = limits
    this.#hooks = hooks
    this.ceiling = limits.maxPerAccount
  }

  get waiting(): number {
    return this.#waiters.length
  }
  get isIdle(): boolean {
    return this.slots.size === 0 && this.opening === 0 && this.#waiters.length === 0 && this.listeners.size === 0
  }

  acquire(need: Need, isHold: boolean): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (failure: Failure) => {
        const at = this.#waiters.indexOf(waiter)
        if (at === -1) return
        this.#waiters.splice(at, 1)
        waiter.reject(failure)
      }
      const onAbort = () => leave(new Failure('canceled', {}, need.signal.reason))
      const timer = setTimeout(
        () => leave(this.lastFailure ?? new Failure('timeout', { reason: 'no connection became free' })),
        this.#limits.acquireTimeoutMs,
      )
      const settle = () => {
        clearTimeout(timer)
        need.signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        since: this.#hooks.now(),
        need,
        isHold,
        resolve: (slot) => {
          settle()
          resolve(slot)
        },
        reject: (failure) => {
          settle()
          reject(failure)
        },
      }
      this.#waiters.push(waiter)
      if (need.signal.aborted) onAbort()
      else need.signal.addEventListener('abort', onAbort)
      this.dispatch()
    })
  }

  add(connection: Connection): Slot {
    const slot: Slot = {
      connection,
      users: 0,
      isExclusive: false,
      hold: null,
      mailbox: null,
      isReadOnly: false,
      mustSelect: false,
      selecting: null,
      isStale: false,
      usedAt: this.#hooks.now(),
      idleTimer: null,
    }
    this.slots.add(slot)
    this.features = connection.features
    connection.listen((event) => {
      for (const listener of this.listeners) listener(event, connection)
      if (event.kind === 'closed') this.#remove(slot)
    })
    return slot
  }

  /** Serves those who wait, in order. The first that cannot be served keeps its place before the others. */
  dispatch(): void {
    for (let waiter = this.#waiters[0]; waiter; waiter = this.#waiters[0]) {
      const slot = this.#choose(waiter)
      if (!slot) break
      this.#waiters.shift()
      this.#take(slot, waiter)
      waiter.resolve(slot)
    }
    const room = Math.min(this.#limits.maxPerAccount, this.ceiling) - this.slots.size
    const wanted = Math.min(this.#wanted(), room)
    const isComing = wanted > 0 && (this.opening > 0 || this.#isWorthWaiting() || this.#hooks.open(this))
    if ((isComing ? wanted : 0) < this.#waiters.length) this.#askHolders()
  }

  /**
   * Signing in is what a mail server is slowest at: one connection is opened after the other, and none beside one that is at work until
   * somebody has waited for it as long as opening took. In a rush nearly all are served by the first.
   */
  #isWorthWaiting(): boolean {
    if (![...this.slots].some((slot) => slot.users > 0 && !slot.isExclusive)) return false
    const { at, tookMs } = this.lastOpened
    const waited = this.#hooks.now() - Math.max(at, this.#waiters[0]?.since ?? 0)
    const restMs = Math.min(tookMs, MOST_PATIENCE_MS) - waited
    if (restMs <= 0) return false
    this.#patience ??= setTimeout(() => {
      this.#patience = null
      this.dispatch()
    }, restMs).unref()
    return true
  }

  /** How many connections would serve all who wait: those for one mailbox can share. */
  #wanted(): number {
    const alone = this.#waiters.filter(({ need, isHold }) => isHold || need.isExclusive)
    const shared = this.#waiters.filter((waiter) => !alone.includes(waiter))
    return alone.length + new Set(shared.map(({ need }) => need.mailbox)).size
  }

  release(slot: Slot, isHold: boolean): void {
    if (isHold) slot.hold = null
    else slot.users--
    slot.isExclusive = false
    slot.usedAt = this.#hooks.now()
    this.rest(slot)
    this.dispatch()
    if (this.isFree(slot)) this.#hooks.freed(this)
  }

  /** Nobody uses it: it is closed unless somebody does in time. */
  rest(slot: Slot): void {
    if (!this.isFree(slot) || !this.slots.has(slot) || slot.idleTimer) return
    slot.idleTimer = setTimeout(() => void this.retire(slot), this.#limits.idleCloseMs)
    slot.idleTimer.unref()
  }

  isFree(slot: Slot): boolean {
    return slot.users === 0 && slot.hold === null
  }

  /** Closes a connection that nobody uses. */
  async retire(slot: Slot): Promise<void> {
    this.#remove(slot)
    await slot.connection.close()
  }

  /** Opening failed: all who wait hear of it; if there are others, only the first, and he not when those must do. */
  refuse(failure: Failure): void {
    if (this.slots.size === 0) this.refuseAll(failure)
    else if (failure.code !== 'tooManyConnections') this.#waiters.shift()?.reject(failure)
  }

  refuseAll(failure: Failure): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(failure)
  }

  #remove(slot: Slot): void {
    if (!this.slots.delete(slot)) return
    if (slot.idleTimer) clearTimeout(slot.idleTimer)
    slot.hold?.abort()
    this.dispatch()
    this.#hooks.freed(this)
  }

  /** The best connection that is there for the need: one that has the mailbox, else any free one. */
  #choose({ need, isHold }: Waiter): Slot | null {
    const open = [...this.slots].filter((slot) => slot.connection.isOpen && !slot.isExclusive)
    const fits = (slot: Slot) => isFor(slot, need)
    const free = open.filter((slot) => this.isFree(slot))
    const freeFitting = free.find(fits)
    if (freeFitting) return freeFitting
    const isAlone = need.isExclusive === true || isHold
    const shared = isAlone
      ? undefined
      : open.find((slot) => !this.isFree(slot) && fits(slot) && !slot.connection.isBusy)
    if (shared) return shared
    // A free one with nothing selected first, then the one that was used longest ago.
    const rank = (slot: Slot) => (slot.mailbox === null ? -1 : slot.usedAt)
    return free.sort((a, b) => rank(a) - rank(b))[0] ?? null
  }

  #take(slot: Slot, { need, isHold }: Waiter): void {
    if (slot.idleTimer) clearTimeout(slot.idleTimer)
    slot.idleTimer = null
    if (isHold) slot.hold = new AbortController()
    else slot.users++
    slot.isExclusive = need.isExclusive === true
    if (isFor(slot, need)) return
    slot.mailbox = need.mailbox
    slot.isReadOnly = need.isReadOnly === true
    slot.mustSelect = true
    slot.isStale = false
  }

  /** Somebody waits, and what could serve him is only watched with. */
  #askHolders(): void {
    for (const slot of this.slots) {
      if (slot.hold === null || slot.users > 0 || slot.hold.signal.aborted) continue
      slot.hold.abort()
      return
    }
  }
}

/** Whether the connection has, or is about to have, what is needed. */
function isFor(slot: Slot, need: Need): boolean {
  if (need.mailbox === null) return true
  return slot.mailbox === need.mailbox && !slot.isStale && (need.isReadOnly === true || !slot.isReadOnly)
}
