// Keeps what we hold of an account true: one LIST with STATUS tells which mailboxes moved, those are read up to date, the others cost nothing.
//
// «You read what you wrote», on every node: a read is answered from a check that began after the read did (or within the same request),
// unless sharedFreshMs lets it take an older one, of which nothing that was heard or written since has made an exception. Checks that
// overlap share one. The index is built behind, inbox first; who needs a mailbox of it waits for that one. docs/adr/2026-11-22-freshness.md.

import { toFailure } from '#core/errors.ts'
import type { Namespaces, StatusRow } from '#formats/imap/types.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { IndexedMailbox } from './account-index.ts'
import { type AccountContext, withMailbox } from './context.ts'
import { listMailboxes, namespaces } from './engine/commands/mailboxes.ts'
import { myRights } from './engine/commands/rights.ts'
import { noop } from './engine/commands/select.ts'
import type { MailboxInfo } from './engine/types.ts'
import { buildTree, type MailboxTree, type TreeMailbox } from './mailbox-tree.ts'
import { syncMailbox } from './sync-mailbox.ts'
import type { WarmStart } from './warm-start.ts'

export interface Freshness {
  /** Resolves when what we hold is at least as new as this call. `isForced`: whatever was checked for this signal before. */
  check(signal: AbortSignal, isForced?: boolean): Promise<void>
  /** The same without sharedFreshMs: for whoever knows of something that we do not. */
  confirm(signal: AbortSignal): Promise<void>
  /** Something was heard of the account: what was checked before is old. */
  expire(): void
  /** Waits until these mailboxes (all, with null) are in the index. */
  complete(ids: readonly MailboxId[] | null, signal: AbortSignal): Promise<void>
  /** Reads these mailboxes up to date after a change of ours. */
  settle(ids: Iterable<MailboxId>, signal: AbortSignal): Promise<void>
  /** Runs what changes a mailbox while nothing else reads it into the index. */
  inTurn(id: MailboxId, work: () => Promise<void>): Promise<void>
  /** Starts to build what is missing, without waiting. */
  build(): void
}

/** Whoever shares a mailbox may change their mind, and no server tells (RFC 4314 has no event for it). */
const rightsMaxAgeMs = 10_000

export function openFreshness(ctx: AccountContext, warmStart: WarmStart): Freshness {
  let restored: Promise<void> | null = null
  let running: { readonly startedAt: number; done: Promise<void>; isOvertaken: boolean } | null = null
  let queued: Promise<void> | null = null
  /** When the last check began that nothing has overtaken. */
  let freshSince = Number.NEGATIVE_INFINITY
  const checkedFor = new WeakMap<AbortSignal, number>()
  const syncing = new Map<string, Promise<void>>()
  let spaces: Namespaces | null = null
  const rights = new Map<string, string>()
  /** When the rights in each mailbox of others were asked for. */
  const askedAt = new Map<string, number>()

  /** One after another for each mailbox: two at once would apply one change twice or in the wrong order. */
  const inTurn = (id: MailboxId, work: () => Promise<void>): Promise<void> => {
    const before = syncing.get(id) ?? Promise.resolve()
    const done = before.catch(() => undefined).then(work)
    syncing.set(id, done)
    const clear = () => {
      if (syncing.get(id) === done) syncing.delete(id)
    }
    done.then(clear, clear)
    return done
  }
  const sync = (mailbox: TreeMailbox): Promise<void> => {
    const indexed = ctx.index.mailbox(mailbox.id) ?? ctx.index.addMailbox(mailbox.id)
    return inTurn(mailbox.id, () => syncMailbox(ctx, mailbox, indexed, ctx.signal))
  }

  const readTree = async () => {
    const before = ctx.tree
    const { aliases, roles } = await ctx.deps.state.mailboxes(ctx.account)
    let isCounted = true
    const infos = await withMailbox(ctx, null, ctx.signal, async (connection) => {
      // RFC 9051 §6.3.11 wants no STATUS of the selected mailbox; Dovecot answers it from the session's view, as old as that may be.
      if (connection.selected !== null) await noop(connection)
      const [listed, found] = await Promise.all([
        listMailboxes(connection, { status: true }),
        spaces ?? namespaces(connection),
      ])
      spaces = found
      isCounted = connection.features.condstore
      const foreign = [...found.others, ...found.shared].map(({ prefix }) => prefix).filter((prefix) => prefix !== '')
      const unasked = listed.filter(
        ({ name }) =>
          foreign.some((prefix) => name.startsWith(prefix)) &&
          ctx.deps.clock.now() - (askedAt.get(name) ?? Number.NEGATIVE_INFINITY) > rightsMaxAgeMs,
      )
      await Promise.all(
        unasked.map(async ({ name, attributes }) => {
          askedAt.set(name, ctx.deps.clock.now())
          // What is not known is not promised: the server will say itself what it refuses.
          const letters = attributes.includes('\\noselect') ? '' : await myRights(connection, name).catch(() => 'lr')
          if (letters !== null) rights.set(name, letters)
        }),
      )
      return listed
    })
    const list = isCounted ? infos : await withFirmValidity(ctx, infos, before)
    ctx.tree = buildTree(list, spaces as unknown as Namespaces, { aliases, roles, rights, before })
    if (before.byId.size > 0 && treeShape(before) !== treeShape(ctx.tree)) ctx.changed('mailboxes')
  }

  const refresh = async () => {
    const before = ctx.tree
    restored ??= warmStart.restore()
    await Promise.all([restored, readTree()])
    for (const indexed of [...ctx.index.mailboxes]) {
      if (ctx.index.mailbox(indexed.id) === indexed && !ctx.tree.byId.has(indexed.id)) ctx.index.dropMailbox(indexed)
    }
    const moved = [...ctx.tree.byId.values()].filter((mailbox) => {
      const indexed = ctx.index.mailbox(mailbox.id)
      return indexed?.isComplete && hasMoved(ctx, mailbox, indexed)
    })
    await Promise.all(moved.map(sync))
    // What is not in the index yet tells by its STATUS alone that something happened.
    for (const mailbox of ctx.tree.byId.values()) {
      const was = before.byId.get(mailbox.id)?.status
      if (!was || !mailbox.status || ctx.index.mailbox(mailbox.id)?.isComplete) continue
      if (JSON.stringify(statusKey(was)) !== JSON.stringify(statusKey(mailbox.status))) {
        ctx.changed('emails')
        if (mailbox.role === 'inbox' && (was.uidNext ?? 0) < (mailbox.status.uidNext ?? 0)) ctx.changed('arrival')
      }
    }
  }

  const start = (): Promise<void> => {
    const own = { startedAt: ctx.deps.clock.now(), isOvertaken: false, done: Promise.resolve() }
    running = own
    own.done = refresh()
      .then(() => {
        if (!own.isOvertaken) freshSince = own.startedAt
      })
      .finally(() => {
        running = null
      })
    return own.done
  }

  /** A check that begins from now on: the one under way may have asked before something was written. */
  const next = (): Promise<void> => {
    if (running === null) return start()
    if (queued === null) {
      queued = running.done
        .catch(() => undefined)
        .then(() => {
          queued = null
          return start()
        })
    }
    return queued
  }

  /** An empty mailbox is all in its STATUS: of 500 folders most cost nothing more. */
  const isComplete = (mailbox: TreeMailbox): boolean => {
    const indexed = ctx.index.mailbox(mailbox.id)
    if (indexed?.isComplete) return true
    const { status } = mailbox
    if (status?.messages !== 0 || !status.uidValidity || syncing.has(mailbox.id) || (indexed?.count ?? 0) > 0)
      return false
    const empty = indexed ?? ctx.index.addMailbox(mailbox.id)
    ctx.index.reset(empty, status.uidValidity)
    empty.hasModseq = status.highestModseq !== null
    // Where we count ourselves 0 means that nothing is known.
    empty.modseq = status.highestModseq ?? 1n
    empty.historyFrom = empty.modseq
    empty.uidNext = status.uidNext ?? 1
    empty.comparedAt = ctx.deps.clock.now()
    empty.isComplete = true
    return true
  }
  const missing = (ids: readonly MailboxId[] | null) => {
    const wanted = ids === null ? [...ctx.tree.byId.values()] : ids.flatMap((id) => ctx.tree.byId.get(id) ?? [])
    return wanted.filter((mailbox) => mailbox.isSelectable && !isComplete(mailbox))
  }
  const wasCheckedFor = (signal: AbortSignal) => {
    const since = checkedFor.get(signal)
    return since !== undefined && ctx.deps.clock.now() - since <= ctx.limits.requestFreshMs
  }
  let building = false

  const freshness: Freshness = {
    inTurn,
    async check(signal, isForced = false) {
      const isShared = (startedAt: number) => ctx.deps.clock.now() - startedAt < ctx.limits.sharedFreshMs
      if (!isForced && ctx.tree.byId.size > 0) {
        if (running === null && (wasCheckedFor(signal) || isShared(freshSince))) return
        if (running !== null && !running.isOvertaken && isShared(running.startedAt)) {
          await untilAborted(running.done, signal)
          return
        }
      }
      await untilAborted(next(), signal)
      checkedFor.set(signal, ctx.deps.clock.now())
    },
    async confirm(signal) {
      if (running !== null || !wasCheckedFor(signal)) await freshness.check(signal, true)
    },
    expire() {
      freshSince = Number.NEGATIVE_INFINITY
      if (running !== null) running.isOvertaken = true
    },
    async complete(ids, signal) {
      await untilAborted(Promise.all(missing(ids).map((mailbox) => syncing.get(mailbox.id) ?? sync(mailbox))), signal)
    },
    async settle(ids, signal) {
      const touched = [...new Set(ids)].flatMap((id) => ctx.tree.byId.get(id) ?? [])
      const known = touched.filter((mailbox) => ctx.index.mailbox(mailbox.id)?.isComplete)
      const work: Promise<unknown>[] = known.map(sync)
      if (known.length < touched.length) work.push(next())
      await untilAborted(Promise.all(work), signal)
      // A check that is under way may have asked before, and put back what it heard.
      if (running !== null) running.isOvertaken = true
      ctx.changed('emails')
    },
    build() {
      if (building) return
      building = true
      let isNew = false
      void (async () => {
        for (const mailbox of byUrgency(missing(null))) {
          if (ctx.signal.aborted) return
          await (syncing.get(mailbox.id) ?? sync(mailbox))
          isNew = true
        }
        if (isNew) await warmStart.save(ctx.signal)
      })()
        .catch((error: unknown) => {
          ctx.deps.log.info('mail.index.unfinished', { account: ctx.account, error: toFailure(error).code })
        })
        .finally(() => {
          building = false
        })
    },
  }
  return freshness
}

/** Whether the server's STATUS says other than the index. Without MODSEQ flags may change in silence: compare now and then. */
function hasMoved(ctx: AccountContext, mailbox: TreeMailbox, indexed: IndexedMailbox): boolean {
  const { status } = mailbox
  if (status === null) return false
  if (status.uidValidity !== indexed.uidValidity || (status.uidNext ?? indexed.uidNext) > indexed.uidNext) return true
  if (indexed.hasModseq && status.highestModseq !== null) return status.highestModseq > indexed.modseq
  if (status.messages !== indexed.count) return true
  if (status.unseen !== null && status.unseen !== indexed.tally.unseen) return true
  return ctx.deps.clock.now() - indexed.comparedAt > compareEveryMs(indexed.count)
}

/** Comparing costs some 0.7 µs a message here and more there: 1 s for the small, 30 s for 100,000. */
function compareEveryMs(count: number): number {
  return 1000 + count * 0.3
}

/**
 * quirk(courier): STATUS of a mailbox that nobody ever selected gives the present time for UIDVALIDITY, another each second, and our ids are
 * made of it. SELECT makes it stay.
 */
async function withFirmValidity(
  ctx: AccountContext,
  infos: readonly MailboxInfo[],
  before: MailboxTree,
): Promise<readonly MailboxInfo[]> {
  const result: MailboxInfo[] = []
  for (const info of infos) {
    const { name, status } = info
    const isVirgin = status !== null && status.messages === 0 && (status.uidNext ?? 1) <= 1
    if (!isVirgin || before.byPath.has(name)) result.push(info)
    else {
      const uidValidity = await withMailbox(ctx, name, ctx.signal, async ({ selected }) => selected?.uidValidity ?? 0)
      result.push({ ...info, status: { ...status, uidValidity } })
    }
  }
  return result
}

function statusKey({ uidValidity, uidNext, messages, unseen, highestModseq }: StatusRow) {
  return [uidValidity, uidNext, messages, unseen, highestModseq?.toString()]
}

function treeShape(tree: AccountContext['tree']): string {
  return [...tree.byId.values()].map((one) => [one.id, one.path, one.role, one.isSubscribed].join(' ')).join('\n')
}

function byUrgency(mailboxes: readonly TreeMailbox[]): readonly TreeMailbox[] {
  const rank = (one: TreeMailbox) => (one.role === 'inbox' ? 0 : one.role === null ? 2 : 1)
  return [...mailboxes].sort((a, b) => rank(a) - rank(b) || (a.status?.messages ?? 0) - (b.status?.messages ?? 0))
}

/** The work goes on for others; who was waiting goes. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    signal.throwIfAborted()
  }
  const aborted = Promise.withResolvers<never>()
  const stop = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
