// Flags, copies, moves and expunges for a batch of messages, with few commands: one STORE, COPY, MOVE or EXPUNGE for all messages of a
// mailbox that want the same.
//
// The plan is made of the index, so that after a cut connection it can be made again of a fresh one: what was applied drops out of it.

import { Failure, toFailure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { EmailChange, Outcomes } from '#ports/mail-store.ts'
import { type AccountContext, treeMailbox, withMailbox } from './context.ts'
import { findMessages } from './email-rows.ts'
import { copyMessages, expungeMessages, moveMessages, storeFlags } from './engine/commands/change.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import type { Connection, CopiedUids } from './engine/types.ts'
import type { Freshness } from './freshness.ts'
import { flagOf } from './keywords.ts'
import { type OwnStore, takeOwnFlags } from './own-flags.ts'
import { placeKey } from './row-source.ts'
import { syncOn } from './sync-mailbox.ts'
import { NONE } from './tables.ts'

const ATTEMPTS = 2

export interface ChangeDeps {
  readonly ctx: AccountContext
  readonly freshness: Freshness
}

/** UID to the email it is of. */
type Uids = Map<number, string>

interface Plan {
  readonly stores: Map<
    string,
    { readonly mode: 'add' | 'remove'; readonly flags: readonly string[]; readonly uids: Uids }
  >
  readonly copies: Map<string, Uids>
  readonly moves: Map<string, Uids>
  readonly expunges: Uids
}

export async function changeEmails(
  deps: ChangeDeps,
  changes: readonly EmailChange[],
  signal: AbortSignal,
): Promise<Outcomes> {
  const outcomes = new Map<string, Failure | null>()
  let left = changes
  for (let attempt = 1; left.length > 0; attempt++) {
    const found = await findMessages(
      deps,
      left.map((change) => change.id),
      signal,
    )
    const round = await applyOnce(deps, left, found, signal)
    for (const [id, failure] of round) outcomes.set(id, failure)
    if (attempt >= ATTEMPTS) break
    left = left.filter((change) => round.get(change.id)?.detail.isUncertain === true)
  }
  return outcomes
}

export async function destroyEmails(deps: ChangeDeps, ids: readonly string[], signal: AbortSignal): Promise<Outcomes> {
  const outcomes = new Map<string, Failure | null>()
  let left = [...new Set(ids)]
  for (let attempt = 1; left.length > 0; attempt++) {
    const found = await findMessages(deps, left, signal)
    const plans = new Map<string, Plan>()
    for (const id of left) {
      const message = found.get(id)
      const places = message === undefined ? [] : deps.ctx.index.placesOf(message)
      // RFC 4314 §4: servers answer OK to flags that they do not set for want of a right, and then expunge nothing.
      const barred = places.find((place) => !treeMailbox(deps.ctx, mailboxOf(deps.ctx, place)).rights.mayRemoveItems)
      if (barred !== undefined) {
        outcomes.set(id, new Failure('forbidden', { mailbox: mailboxOf(deps.ctx, barred) }))
        continue
      }
      // Gone in the second round: the first one did it.
      outcomes.set(id, message === undefined && attempt === 1 ? new Failure('notFound', { email: id }) : null)
      for (const place of places) {
        planOf(plans, mailboxOf(deps.ctx, place)).expunges.set(deps.ctx.index.tables.uidAt[place] as number, id)
      }
    }
    const round = await execute(deps, plans, signal)
    for (const [id, failure] of round) outcomes.set(id, failure)
    if (attempt >= ATTEMPTS) break
    left = left.filter((id) => round.get(id)?.detail.isUncertain === true)
  }
  return outcomes
}

async function applyOnce(
  deps: ChangeDeps,
  changes: readonly EmailChange[],
  found: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<Map<string, Failure | null>> {
  const outcomes = new Map<string, Failure | null>()
  const plans = new Map<string, Plan>()
  for (const change of changes) {
    try {
      const message = found.get(change.id)
      if (message === undefined) throw new Failure('notFound', { email: change.id })
      planChange(deps.ctx, plans, change, message)
      outcomes.set(change.id, null)
    } catch (error) {
      outcomes.set(change.id, toFailure(error))
    }
  }
  for (const [id, failure] of await execute(deps, plans, signal)) outcomes.set(id, failure)
  return outcomes
}

function planChange(ctx: AccountContext, plans: Map<string, Plan>, change: EmailChange, message: number): void {
  const { tables, keywords } = ctx.index
  const places = ctx.index.placesOf(message)
  const current = new Set(places.map((place) => mailboxOf(ctx, place)))
  const removed = new Set(change.removeMailboxes ?? [])
  const adds = [...new Set(change.addMailboxes ?? [])].filter((id) => !current.has(id))
  for (const id of adds) {
    if (!treeMailbox(ctx, id).isSelectable) throw new Failure('forbidden', { mailbox: id })
  }
  const leaving = places.filter((place) => removed.has(mailboxOf(ctx, place)))
  const staying = places.filter((place) => !removed.has(mailboxOf(ctx, place)))
  if (staying.length + adds.length === 0) throw new Failure('badInput', { email: change.id, mailboxes: 0 })

  const uid = (place: number) => tables.uidAt[place] as number
  const put = (uids: Map<string, Uids>, target: string, place: number) => {
    const group = uids.get(target) ?? new Map<number, string>()
    uids.set(target, group.set(uid(place), change.id))
  }
  const targets = [...adds]
  const moving = leaving.flatMap((place) => {
    const target = targets.shift()
    return target === undefined ? [] : [{ place, target }]
  })
  const expunged = leaving.slice(moving.length)
  for (const { place, target } of moving) put(planOf(plans, mailboxOf(ctx, place)).moves, target, place)
  const source = (staying[0] ?? leaving[0]) as number
  for (const target of targets) put(planOf(plans, mailboxOf(ctx, source)).copies, target, source)
  for (const place of expunged) planOf(plans, mailboxOf(ctx, place)).expunges.set(uid(place), change.id)

  // Each copy that will be left gets the keywords: in IMAP each has its own.
  for (const place of [...staying, ...moving.map((move) => move.place)]) {
    const has = new Set(keywords.keywords(tables.keywordsAt[place] as number))
    const add = (change.addKeywords ?? []).filter((keyword) => !has.has(keyword.toLowerCase()))
    const remove = (change.removeKeywords ?? []).filter((keyword) => has.has(keyword.toLowerCase()))
    for (const [mode, list] of [
      ['add', add],
      ['remove', remove],
    ] as const) {
      if (list.length === 0) continue
      const flags = list.map(flagOf).sort()
      const { stores } = planOf(plans, mailboxOf(ctx, place))
      const key = `${mode} ${flags.join(' ')}`
      const store = stores.get(key) ?? { mode, flags, uids: new Map<number, string>() }
      store.uids.set(uid(place), change.id)
      stores.set(key, store)
    }
  }
}

function mailboxOf(ctx: AccountContext, place: number): string {
  return ctx.index.mailboxes[ctx.index.tables.mailboxAt[place] as number]?.id ?? ''
}

function planOf(plans: Map<string, Plan>, mailboxId: string): Plan {
  const plan = plans.get(mailboxId) ?? { stores: new Map(), copies: new Map(), moves: new Map(), expunges: new Map() }
  plans.set(mailboxId, plan)
  return plan
}

/** Failures by email; those that are not in it are done. */
async function execute(
  { ctx, freshness }: ChangeDeps,
  plans: ReadonlyMap<string, Plan>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Failure>> {
  const failures = new Map<string, Failure>()
  const fail = (uids: Uids, error: unknown) => {
    const failure = toFailure(error)
    for (const id of uids.values()) failures.set(id, failure)
  }
  const touched = new Set<string>()
  let isUntold = false
  await Promise.all(
    [...plans].map(async ([mailboxId, plan]) => {
      for (const target of [...plan.copies.keys(), ...plan.moves.keys()]) touched.add(target)
      const indexed = ctx.index.mailbox(mailboxId)
      let isRead = false
      try {
        await freshness.inTurn(mailboxId, async () => {
          const mailbox = treeMailbox(ctx, mailboxId)
          await withMailbox(ctx, mailbox.path, signal, async (connection) => {
            const stores = await runPlan(ctx, connection, mailboxId, plan, fail)
            if (!indexed?.isComplete) return
            if (stores !== null && indexed.hasModseq && takeOwnFlags(ctx, indexed, stores)) {
              isRead = true
              return
            }
            // Behind our own commands the connection sees what they did.
            const isTold = mayReadOwn(connection, plan)
            await syncOn(ctx, connection, mailbox, indexed, signal, isTold)
            if (!isTold && indexed.hasModseq) isUntold = true
            isRead = true
          })
        })
      } catch (error) {
        for (const uids of uidsOf(plan)) fail(uids, error)
      }
      if (!isRead) touched.add(mailboxId)
      await rereadUnindexed(ctx, mailboxId, plan, signal)
    }),
  )
  await freshness.settle(touched, signal)
  // CONDSTORE alone does not tell the MODSEQ of an expunge: STATUS does.
  if (isUntold) await freshness.check(signal, true)
  return failures
}

/** Whether the server tells what our own commands did: MODSEQ for flags, VANISHED for what left (RFC 7162 §3.2.7). */
function mayReadOwn({ features }: Connection, plan: Plan): boolean {
  return features.qresync || (features.condstore && plan.moves.size === 0 && plan.expunges.size === 0)
}

function uidsOf(plan: Plan): readonly Uids[] {
  const stores = [...plan.stores.values()].map((store) => store.uids)
  return [...stores, ...plan.copies.values(), ...plan.moves.values(), plan.expunges]
}

/** What the STOREs did, where they were all that was done to this mailbox and none failed. */
async function runPlan(
  ctx: AccountContext,
  connection: Connection,
  mailboxId: string,
  plan: Plan,
  fail: (uids: Uids, error: unknown) => void,
): Promise<readonly OwnStore[] | null> {
  const indexed = ctx.index.mailbox(mailboxId)
  // The same UIDs of another validity are other messages.
  if (connection.selected?.uidValidity !== indexed?.uidValidity)
    throw new Failure('conflict', { changed: 'UIDVALIDITY' })
  const alias = async (copied: CopiedUids | null, target: string, uids: Uids) => {
    if (ctx.tier !== 'uid' || copied === null) return
    const entries = new Map<string, string>()
    copied.from.forEach((from, at) => {
      const id = uids.get(from)
      if (id !== undefined) entries.set(placeKey(target, copied.uidValidity, copied.to[at] as number), id)
    })
    await ctx.deps.state.put(ctx.account, 'email', entries)
  }
  const each = (uids: Uids, work: Promise<unknown>) => work.catch((error: unknown) => fail(uids, error))
  const set = (uids: Uids) => toSet(uids.keys())
  // Started in this order and not awaited between: flags go along with copies, copies are made before their source leaves.
  const running: Promise<unknown>[] = []
  const stored: OwnStore[] = []
  for (const { mode, flags, uids } of plan.stores.values()) {
    const refused = mode === 'add' ? flags.find((flag) => !mayKeep(connection, flag)) : undefined
    if (refused !== undefined) fail(uids, new Failure('unsupported', { keyword: refused }))
    else {
      const store = storeFlags(connection, { uids: set(uids), mode, flags }).then(({ modseqs }) => {
        stored.push({ mode, flags, uids: [...uids.keys()], modseqs })
      })
      running.push(each(uids, store))
    }
  }
  for (const [target, uids] of plan.copies) {
    const copied = copyMessages(connection, set(uids), treeMailbox(ctx, target).path)
    running.push(
      each(
        uids,
        copied.then((result) => alias(result, target, uids)),
      ),
    )
  }
  for (const [target, uids] of plan.moves) {
    const moved = moveMessages(connection, set(uids), treeMailbox(ctx, target).path)
    running.push(
      each(
        uids,
        moved.then((result) => alias(result.copied, target, uids)),
      ),
    )
  }
  if (plan.expunges.size > 0) running.push(each(plan.expunges, expungeMessages(connection, set(plan.expunges))))
  await Promise.all(running)
  const isAll = plan.moves.size === 0 && plan.expunges.size === 0 && stored.length === plan.stores.size
  return isAll && stored.length > 0 ? stored : null
}

/** RFC 9051 §7.1 (PERMANENTFLAGS): without `\*` no new keyword is kept; a server that tells nothing keeps all. */
function mayKeep(connection: Connection, flag: string): boolean {
  const permanent = connection.selected?.permanentFlags ?? []
  if (permanent.length === 0 || permanent.includes('\\*')) return true
  return permanent.some((one) => one.toLowerCase() === flag.toLowerCase())
}

/** A mailbox that is not in the index yet is not read for one change: only what was changed is. */
async function rereadUnindexed(ctx: AccountContext, mailboxId: string, plan: Plan, signal: AbortSignal): Promise<void> {
  const indexed = ctx.index.mailbox(mailboxId)
  const mailbox = ctx.tree.byId.get(mailboxId)
  if (!indexed || !mailbox || indexed.isComplete) return
  const gone = new Set(uidsOf(plan).flatMap((uids) => [...uids.keys()]))
  if (gone.size === 0) return
  await withMailbox(ctx, mailbox.path, signal, (connection) =>
    fetchRows(
      connection,
      { uids: toSet(gone), items: { flags: true } },
      (row) => {
        gone.delete(row.uid)
        ctx.index.setFlags(indexed, row.uid, row.flags ?? [], 0n)
      },
      signal,
    ),
  )
  // After what STATUS said before: enough to tell it from what a state of then knows.
  const modseq = (mailbox.status?.highestModseq ?? 0n) + 1n
  for (const uid of gone) {
    if (ctx.index.find(indexed, uid) !== NONE) ctx.index.remove(indexed, uid, modseq)
  }
}
