// Email/changes and Thread/changes (RFC 8620 §5.2) from the index: what each mailbox has and lost since a vector.
//
// A message that left one mailbox and lies in another has moved: updated, not destroyed. Where this node does not know what left a mailbox
// since then, it says cannotCalculateChanges; never a guess.

import { Failure } from '#core/errors.ts'
import type { Changes } from '#ports/mail-store.ts'
import type { IndexedMailbox } from './account-index.ts'
import { type AccountContext, withMailbox } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import type { Freshness } from './freshness.ts'
import { NONE } from './tables.ts'
import {
  decodeVector,
  encodeVector,
  stateOctets,
  stateString,
  type Vector,
  type VectorEntry,
  vectorKey,
} from './vector.ts'

interface Touch {
  readonly key: bigint
  readonly message: number
  readonly modseq: bigint
  readonly uid: number
  readonly isGone: boolean
  /** Came to that mailbox after the state. */
  readonly isNew: boolean
}

export function currentVector(ctx: AccountContext): Vector {
  const entries = new Map<bigint, VectorEntry>()
  let epoch = 0
  for (const mailbox of ctx.tree.byId.values()) {
    if (!mailbox.isSelectable) continue
    const indexed = ctx.index.mailbox(mailbox.id)
    if (indexed?.isComplete) {
      if (!indexed.hasModseq) epoch = ctx.epoch
      const { uidValidity, uidNext, modseq } = indexed
      entries.set(vectorKey(mailbox.id), { uidValidity, uidNext, modseq, cursorUid: 0 })
    } else if (mailbox.status !== null) {
      const { uidValidity, uidNext, highestModseq } = mailbox.status
      // 0: nothing is known of flags, so that nothing can be said from there.
      if (highestModseq === null) epoch = ctx.epoch
      const entry = { uidValidity: uidValidity ?? 0, uidNext: uidNext ?? 1, modseq: highestModseq ?? 0n, cursorUid: 0 }
      entries.set(vectorKey(mailbox.id), entry)
    }
  }
  return { epoch, entries }
}

export function emailStateOf(ctx: AccountContext): Promise<string> {
  return stateString(ctx, 'e', encodeVector(currentVector(ctx)))
}

export interface ChangesDeps {
  readonly ctx: AccountContext
  readonly freshness: Freshness
}

export async function emailChanges(
  deps: ChangesDeps,
  sinceState: string,
  maxChanges: number | null,
  signal: AbortSignal,
): Promise<Changes<string>> {
  const { touches, since, now } = await touchesSince(deps, sinceState, signal)
  const { taken, vector } = cut(deps.ctx, touches, since, now, maxChanges, (touch) => touch.message)
  const { index } = deps.ctx
  const created: string[] = []
  const updated: string[] = []
  const destroyed: string[] = []
  for (const [message, of] of taken) {
    const existed = existedBefore(deps.ctx, message, of, since)
    const exists = index.tables.firstPlace[message] !== NONE
    if (exists) (existed ? updated : created).push(index.tables.idOf(message))
    else if (existed) destroyed.push(index.tables.idOf(message))
  }
  const newState = await stateString(deps.ctx, 'e', encodeVector(vector))
  return { newState, hasMore: vector !== now, created, updated, destroyed }
}

export async function threadChanges(
  deps: ChangesDeps,
  sinceState: string,
  maxChanges: number | null,
  signal: AbortSignal,
): Promise<Changes<string>> {
  const { touches, since, now } = await touchesSince(deps, sinceState, signal)
  const { tables } = deps.ctx.index
  const threadOf = (touch: Touch) => tables.threadOf[touch.message] as number
  // RFC 8621 §3.2: a thread changes when its list of emails does, not with their flags or mailboxes.
  const byMessage = Map.groupBy(touches, (touch) => touch.message)
  const cameOrWent = touches.filter((touch) => {
    const existed = existedBefore(deps.ctx, touch.message, byMessage.get(touch.message) ?? [], since)
    return existed !== (tables.firstPlace[touch.message] !== NONE)
  })
  const { taken, vector } = cut(deps.ctx, cameOrWent, since, now, maxChanges, threadOf)
  const created: string[] = []
  const updated: string[] = []
  const destroyed: string[] = []
  for (const thread of taken.keys()) {
    let lives = false
    let existed = false
    for (let at = tables.firstInThread[thread] as number; at !== NONE; at = tables.nextInThread[at] as number) {
      if (tables.firstPlace[at] !== NONE) lives = true
      if (existedBefore(deps.ctx, at, byMessage.get(at) ?? [], since)) existed = true
    }
    if (lives) (existed ? updated : created).push(tables.threadIdOf(thread))
    else if (existed) destroyed.push(tables.threadIdOf(thread))
  }
  const newState = await stateString(deps.ctx, 'e', encodeVector(vector))
  return { newState, hasMore: vector !== now, created, updated, destroyed }
}

async function touchesSince({ ctx, freshness }: ChangesDeps, sinceState: string, signal: AbortSignal) {
  const since = decodeVector(await stateOctets(ctx, 'e', sinceState))
  await freshness.check(signal)
  if (isAhead(ctx, since)) await freshness.check(signal, true)
  const ids = new Map([...ctx.tree.byId.values()].map((mailbox) => [vectorKey(mailbox.id), mailbox.id] as const))
  const touches: Touch[] = []
  for (const [key, before] of since.entries) {
    if (ids.has(key)) continue
    const deleted = ctx.index.mailboxes.find((one) => vectorKey(one.id) === key && one.count === 0)
    if (!deleted) throw new Failure('cannotCalculateChanges', { mailbox: 'gone' })
    checkHistory(ctx, deleted, before, since.epoch)
    touches.push(...touchesIn(ctx, deleted, key, before))
  }
  // Only the mailboxes that moved have to be read; but what left one may lie in any.
  const moved = [...currentVector(ctx).entries].filter(([key, entry]) => !isSame(entry, since.entries.get(key)))
  if (moved.length > 0) await freshness.complete(null, signal)
  const now = currentVector(ctx)
  for (const [key, entry] of now.entries) {
    const before = since.entries.get(key) ?? null
    if (isSame(entry, before)) continue
    const indexed = ctx.index.mailbox(ids.get(key) ?? '')
    if (!indexed) throw new Failure('cannotCalculateChanges', { mailbox: 'not indexed' })
    if (before !== null) {
      await closeGap(ctx, indexed, before, signal)
      checkHistory(ctx, indexed, before, since.epoch)
    }
    touches.push(...touchesIn(ctx, indexed, key, before))
  }
  return { touches, since, now }
}

function cannot(why: string): never {
  throw new Failure('cannotCalculateChanges', { why })
}

function isSame(entry: VectorEntry, before: VectorEntry | null | undefined): boolean {
  return (
    before !== null &&
    before !== undefined &&
    entry.uidValidity === before.uidValidity &&
    entry.uidNext === before.uidNext &&
    entry.modseq === before.modseq &&
    before.cursorUid === 0
  )
}

/** The client has a state from a node that saw more than we did. */
export function isAhead(ctx: AccountContext, vector: Vector): boolean {
  const now = currentVector(ctx)
  return [...vector.entries].some(([key, entry]) => {
    const ours = now.entries.get(key)
    return ours === undefined || entry.uidNext > ours.uidNext || entry.modseq > ours.modseq
  })
}

/**
 * A state older than our own knowledge of the mailbox: the server still knows which UIDs vanished since (RFC 7162 §3.2.6). If there are none,
 * or only such as we took away ourselves, our history reaches back that far.
 */
async function closeGap(
  ctx: AccountContext,
  indexed: IndexedMailbox,
  before: VectorEntry,
  signal: AbortSignal,
): Promise<void> {
  const mailbox = ctx.tree.byId.get(indexed.id)
  if (!mailbox || !indexed.hasModseq || before.modseq === 0n || before.modseq >= indexed.historyFrom) return
  if (before.uidValidity !== indexed.uidValidity) return
  if (before.uidNext > 1) {
    const known = new Set(indexed.tombstones.map((one) => one.uid))
    const uids = [[1, before.uidNext - 1]] as const
    const isClosed = await withMailbox(ctx, mailbox.path, signal, async (connection) => {
      if (!connection.features.qresync) return false
      const request = { uids, items: { flags: true }, changedSince: before.modseq, vanished: true }
      const { vanished } = await fetchRows(connection, request, () => undefined, signal)
      for (const [first, last] of vanished) {
        for (let uid = first; uid <= Math.min(last, before.uidNext - 1); uid++) if (!known.has(uid)) return false
      }
      return true
    })
    if (!isClosed) return
  }
  indexed.historyFrom = before.modseq
}

function checkHistory(ctx: AccountContext, indexed: IndexedMailbox, before: VectorEntry, epoch: number): void {
  if (before.uidValidity !== indexed.uidValidity) cannot('UIDVALIDITY')
  if (!indexed.hasModseq && (epoch !== ctx.epoch || before.modseq === 0n)) cannot('no MODSEQ')
  if (before.modseq < indexed.historyFrom) cannot('history')
}

function touchesIn(
  ctx: AccountContext,
  indexed: IndexedMailbox,
  key: bigint,
  before: VectorEntry | null,
): readonly Touch[] {
  const { tables } = ctx.index
  const since = before?.modseq ?? 0n
  const isAfter = (modseq: bigint, uid: number) =>
    before === null || modseq > since || (before.cursorUid > 0 && modseq === since && uid > before.cursorUid)
  const uidNext = before?.uidNext ?? 1
  const touches: Touch[] = []
  for (let at = 0; at < indexed.count; at++) {
    const place = indexed.places[at] as number
    const uid = tables.uidAt[place] as number
    const modseq = tables.modseqAt[place] as bigint
    const isNew = uid >= uidNext
    if (isAfter(modseq, uid) || (isNew && before?.cursorUid === 0)) {
      touches.push({ key, message: tables.messageAt[place] as number, modseq, uid, isGone: false, isNew })
    }
  }
  for (const { message, uid, modseq } of indexed.tombstones) {
    if (isAfter(modseq, uid)) touches.push({ key, message, modseq, uid, isGone: true, isNew: uid >= uidNext })
  }
  return touches
}

/** Whether a client that holds `since` knows the message: it had a place then that it still has, or has lost since. */
function existedBefore(ctx: AccountContext, message: number, touches: readonly Touch[], since: Vector): boolean {
  if (touches.some((touch) => !touch.isNew)) return true
  const { tables, mailboxes, placesOf } = ctx.index
  return placesOf(message).some((place) => {
    const indexed = mailboxes[tables.mailboxAt[place] as number]
    const before = indexed === undefined ? undefined : since.entries.get(vectorKey(indexed.id))
    return (
      before !== undefined &&
      before.uidValidity === indexed?.uidValidity &&
      (tables.uidAt[place] as number) < before.uidNext
    )
  })
}

/**
 * At most `maxChanges` of them, in an order in which a state can stand between any two: mailbox after mailbox, by MODSEQ and UID.
 * The vector is `now` itself when all were taken.
 */
function cut(
  ctx: AccountContext,
  touches: readonly Touch[],
  since: Vector,
  now: Vector,
  maxChanges: number | null,
  what: (touch: Touch) => number,
): { taken: Map<number, Touch[]>; vector: Vector } {
  const ordered = touches.toSorted((a, b) => compare(a.key, b.key) || compare(a.modseq, b.modseq) || a.uid - b.uid)
  const taken = new Map<number, Touch[]>()
  let last: Touch | null = null
  for (const touch of ordered) {
    const of = taken.get(what(touch))
    if (of) of.push(touch)
    else {
      if (maxChanges !== null && taken.size >= maxChanges && last !== null) {
        return { taken, vector: vectorAt(ctx, since, now, last) }
      }
      taken.set(what(touch), [touch])
    }
    last = touch
  }
  return { taken, vector: now }
}

function vectorAt(_ctx: AccountContext, since: Vector, now: Vector, last: Touch): Vector {
  const entries = new Map(since.entries)
  for (const [key, entry] of now.entries) if (key < last.key) entries.set(key, entry)
  const before = since.entries.get(last.key)
  const entry = now.entries.get(last.key)
  if (entry) {
    entries.set(last.key, {
      uidValidity: entry.uidValidity,
      uidNext: before?.uidNext ?? 1,
      modseq: last.modseq,
      cursorUid: last.uid,
    })
  }
  return { epoch: now.epoch, entries }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
