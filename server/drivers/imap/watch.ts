// Hears of changes while somebody listens: NOTIFY (RFC 5465) for all mailboxes, else IDLE on the inbox and a look at the others at intervals.
// One connection an account and node, none without listeners. What is heard is only a hint: the check that follows finds what changed.

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, toFailure } from '#core/errors.ts'
import { backoffMs } from '#core/retry.ts'
import type { StatusRow } from '#formats/imap/types.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import type { AccountContext, ChangeKind } from './context.ts'
import { enableNotify, unselect } from './engine/commands/select.ts'
import type { ConnectionEvent } from './engine/types.ts'
import type { Freshness } from './freshness.ts'

type Listener = Parameters<MailAccount['watch']>[0]
type ChangeType = Parameters<Listener>[0][number]

/** Changes that come together are told together. */
const GATHER_MS = 20
const RETRY = { baseMs: 500, maxMs: 30_000 }
/** A connection that others waited for is not taken again at once. */
const YIELD_MS = 5000

const typesOf: Readonly<Record<ChangeKind, readonly ChangeType[]>> = {
  emails: ['Email', 'Thread', 'Mailbox'],
  mailboxes: ['Mailbox'],
  arrival: ['EmailDelivery'],
}

export interface Watching {
  readonly watch: MailAccount['watch']
  /** For AccountContext.changed. */
  readonly changed: (kind: ChangeKind) => void
  readonly isWatched: () => boolean
}

export function openWatching(context: () => AccountContext, freshness: () => Freshness): Watching {
  const listeners = new Set<Listener>()
  const pending = new Set<ChangeType>()
  let gathering: NodeJS.Timeout | null = null
  let running: AbortController | null = null

  const tell = () => {
    gathering = null
    const types = [...pending]
    pending.clear()
    for (const listener of [...listeners]) listener(types)
  }
  const changed = (kind: ChangeKind) => {
    if (listeners.size === 0) return
    for (const type of typesOf[kind]) pending.add(type)
    gathering ??= setTimeout(tell, GATHER_MS)
  }

  const start = () => {
    const controller = new AbortController()
    running = controller
    const ctx = context()
    const signal = AbortSignal.any([controller.signal, ctx.signal])
    void keepWatching(ctx, freshness(), signal)
  }
  const stop = () => {
    running?.abort()
    running = null
    if (gathering !== null) clearTimeout(gathering)
    gathering = null
    pending.clear()
  }

  return {
    changed,
    isWatched: () => listeners.size > 0,
    watch(listener) {
      const own: Listener = (types) => listener(types)
      listeners.add(own)
      if (running === null) start()
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop()
      }
    },
  }
}

async function keepWatching(ctx: AccountContext, freshness: Freshness, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const isWanted = await watchOnce(ctx, freshness, signal)
      failures = 0
      if (isWanted) await pollFor(ctx, freshness, YIELD_MS, signal)
    } catch (error) {
      if (signal.aborted) return
      const { code } = toFailure(error)
      ctx.deps.log.info('mail.watch.interrupted', { account: ctx.account, error: code })
      // With the password changed nothing will be heard until somebody signs in again.
      await sleep(Math.max(RETRY.baseMs, backoffMs(RETRY, failures++)), undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Until the connection ends (throws), others want it (true) or nobody listens any more (false). */
async function watchOnce(ctx: AccountContext, freshness: Freshness, signal: AbortSignal): Promise<boolean> {
  await freshness.check(signal, true)
  freshness.build()
  const mayNotify = ctx.deps.pool.features(ctx.account)?.notify === true
  const need = { mailbox: mayNotify ? null : 'INBOX', isExclusive: mayNotify, signal }
  const hold = await ctx.deps.pool.hold(ctx.login, need)
  const ended = Promise.withResolvers<boolean>()
  let unlisten = () => {}
  let timer: NodeJS.Timeout | null = null
  let isDue = false
  let isChecking = false
  const check = async () => {
    isDue = true
    if (isChecking) return
    isChecking = true
    try {
      while (isDue && !signal.aborted) {
        isDue = false
        await freshness.check(signal, true)
      }
    } catch (error) {
      ended.reject(error)
    } finally {
      isChecking = false
    }
  }
  const onAbort = () => ended.resolve(false)
  const onWanted = () => ended.resolve(true)
  try {
    signal.addEventListener('abort', onAbort, { once: true })
    hold.wanted.addEventListener('abort', onWanted, { once: true })
    unlisten = hold.connection.listen((event) => {
      if (event.kind === 'closed') ended.reject(event.failure)
      else if (event.kind === 'overflow') ended.reject(new Failure('unavailable', { server: 'NOTIFICATIONOVERFLOW' }))
      else if (isNews(ctx, event)) void check()
    })
    if (mayNotify) {
      // RFC 5465 §6: what is selected is no part of `personal`.
      await unselect(hold.connection)
      await enableNotify(hold.connection, { personal: true })
    }
    hold.connection.setIdle(true, ctx.limits.pollMs)
    // What changed between the check above and the first event that can be heard.
    await check()
    if (!mayNotify) timer = setInterval(() => void check(), ctx.limits.pollMs)
    if (signal.aborted) return false
    return await ended.promise
  } finally {
    if (timer !== null) clearInterval(timer)
    unlisten()
    signal.removeEventListener('abort', onAbort)
    hold.wanted.removeEventListener('abort', onWanted)
    if (hold.connection.isOpen) hold.connection.setIdle(false)
    // quirk(dovecot-2.3.19): a second NOTIFY SET on one connection goes silent. So nobody gets this one after us.
    if (mayNotify) await hold.connection.close()
    hold.release()
  }
}

async function pollFor(ctx: AccountContext, freshness: Freshness, forMs: number, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < forMs && !signal.aborted; waited += ctx.limits.pollMs) {
    await sleep(ctx.limits.pollMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await freshness.check(signal, true)
  }
}

/** Whether a server says what we do not know yet. */
export function isNews(ctx: AccountContext, event: ConnectionEvent): boolean {
  // NOTIFY tells our own changes too, made through another connection.
  if (event.kind === 'status') return !isKnown(ctx, event.row)
  if (event.kind === 'fetch') {
    // Without MODSEQ no STATUS tells of a flag: this is the only word of it.
    const id = ctx.tree.byPath.get(event.mailbox)?.id
    const indexed = id === undefined ? null : ctx.index.mailbox(id)
    if (indexed) indexed.comparedAt = 0
    return true
  }
  return event.kind !== 'alert' && event.kind !== 'closed' && event.kind !== 'overflow'
}

function isKnown(ctx: AccountContext, row: StatusRow): boolean {
  const id = ctx.tree.byPath.get(row.mailbox)?.id
  const indexed = id === undefined ? null : ctx.index.mailbox(id)
  if (!indexed?.isComplete || row.highestModseq === null || row.uidNext === null) return false
  const { uidValidity, uidNext, modseq, count } = indexed
  return (
    row.highestModseq <= modseq &&
    row.uidNext <= uidNext &&
    (row.uidValidity ?? uidValidity) === uidValidity &&
    (row.messages ?? count) === count
  )
}
