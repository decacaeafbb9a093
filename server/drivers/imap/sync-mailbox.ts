// Makes one mailbox of the index true: builds it from one FETCH, then follows it by MODSEQ (RFC 7162), or by comparing where there is none.
//
// «Known up to» is what the server had told before the first FETCH was sent, so that it is never newer than what was read: a change that
// slips between is read twice, never missed.

import { Failure, isFailure } from '#core/errors.ts'
import type { FetchRow, NumberSet, StatusRow } from '#formats/imap/types.ts'
import type { IndexedMailbox } from './account-index.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { searchMessages } from './engine/commands/search.ts'
import type { Connection } from './engine/types.ts'
import type { TreeMailbox } from './mailbox-tree.ts'
import { pinTier, rowItems, rowMaker } from './row-source.ts'

const LAST_UID = 0xffffffff

/** Reads what is missing; the whole mailbox when it is not in the index yet. A mailbox that is gone is left as it is. */
export async function syncMailbox(
  ctx: AccountContext,
  mailbox: TreeMailbox,
  indexed: IndexedMailbox,
  signal: AbortSignal,
): Promise<void> {
  try {
    // Alone when all of it is read: who shared the connection would wait behind that, a first screen too.
    const need = { mailbox: mailbox.path, isExclusive: !indexed.isComplete, signal }
    await ctx.deps.pool.use(ctx.login, need, (connection) => syncOn(ctx, connection, mailbox, indexed, signal))
  } catch (error) {
    if (!isFailure(error, 'notFound')) throw error
  }
}

/** On a connection that has the mailbox selected and sees it as it is now, or at least as our own change left it. */
export async function syncOn(
  ctx: AccountContext,
  connection: Connection,
  mailbox: TreeMailbox,
  indexed: IndexedMailbox,
  signal: AbortSignal,
  isOwnChange = false,
): Promise<void> {
  const tier = await pinTier(ctx, connection)
  const aliases = tier === 'uid' ? await ctx.deps.state.all(ctx.account, 'email') : new Map<string, string>()
  const uidValidity = connection.selected?.uidValidity ?? 0
  // RFC 9051 §2.3.1.1: a new UIDVALIDITY and nothing that we knew by UID is true.
  if (indexed.uidValidity !== uidValidity) ctx.index.reset(indexed, uidValidity)
  const hasModseq = connection.features.condstore && (connection.selected?.highestModseq ?? null) !== null
  if (indexed.isComplete && indexed.hasModseq !== hasModseq) ctx.index.reset(indexed, uidValidity)
  indexed.hasModseq = hasModseq

  const make = rowMaker(tier, indexed, aliases)
  // Where the server counts no changes we do; rows of this round bear the next number.
  const round = hasModseq ? 0n : indexed.modseq + 1n
  const items = rowItems(tier, hasModseq)
  const knownUidNext = indexed.uidNext
  const add = (row: FetchRow) => ctx.index.put(indexed, make(row, round))
  const generation = ctx.index.generation
  const wasComplete = indexed.isComplete

  const view = viewOf(connection, mailbox, indexed)
  if (!indexed.isComplete) {
    await fetchRows(connection, { uids: '1:*', items }, add, signal)
  } else {
    // What others brought meanwhile the next check reads, by its UID.
    const fresh = isOwnChange ? null : fetchRows(connection, { uids: [[knownUidNext, LAST_UID]], items }, add, signal)
    const changed =
      knownUidNext === 1
        ? null
        : hasModseq
          ? followModseq(ctx, connection, indexed, knownUidNext, signal)
          : compareFlags(ctx, connection, indexed, knownUidNext, round, signal)
    const newest = (await Promise.all([changed, fresh]))[0]
    // RFC 7162 §3.1.3: our own STORE has a MODSEQ above all that came before it, and its row was just read with all of those.
    if (isOwnChange && newest !== null && newest > (view.modseq ?? 0n)) view.modseq = newest
    // What was expunged is told by VANISHED alone: without it, or where a server kept it back, the count gives it away.
    if (!isOwnChange && connection.selected !== null && connection.selected.exists !== indexed.count) {
      await removeMissing(ctx, connection, indexed, view.modseq ?? round, signal)
    }
  }
  if (connection.selected?.uidValidity !== uidValidity) throw new Failure('unavailable', { changed: 'UIDVALIDITY' })

  const isChanged = ctx.index.generation !== generation
  indexed.uidNext = Math.max(view.uidNext, highestUid(ctx, indexed) + 1)
  const before = indexed.modseq
  indexed.modseq = hasModseq ? (view.modseq ?? before) : isChanged ? round : before
  if (!wasComplete) {
    indexed.isComplete = true
    indexed.historyFrom = hasModseq ? indexed.modseq : round
    if (!hasModseq) indexed.modseq = round
  }
  indexed.comparedAt = ctx.deps.clock.now()
  mailbox.status = statusFrom(mailbox, indexed)
  if (!wasComplete) return
  if (before !== indexed.modseq) ctx.changed('emails')
  if (mailbox.role === 'inbox' && knownUidNext < indexed.uidNext) ctx.changed('arrival')
}

/** How far the connection sees, before anything is fetched: what is fetched then is at least as new. */
function viewOf(connection: Connection, { status }: TreeMailbox, indexed: IndexedMailbox) {
  const { selected } = connection
  const told = status?.uidValidity === indexed.uidValidity ? status : null
  const modseqs = [told?.highestModseq ?? null, selected?.highestModseq ?? null, indexed.modseq]
  return {
    modseq: modseqs.reduce((most, one) => (one !== null && (most === null || one > most) ? one : most), null),
    uidNext: Math.max(told?.uidNext ?? 1, selected?.uidNext ?? 1, indexed.uidNext),
  }
}

/** What STATUS would say now. */
export function statusFrom({ path, status }: TreeMailbox, indexed: IndexedMailbox): StatusRow {
  return {
    mailbox: path,
    messages: indexed.count,
    uidNext: indexed.uidNext,
    uidValidity: indexed.uidValidity,
    unseen: indexed.tally.unseen,
    highestModseq: indexed.hasModseq ? indexed.modseq : null,
    size: status?.size ?? null,
    mailboxId: status?.mailboxId ?? null,
  }
}

async function followModseq(
  ctx: AccountContext,
  connection: Connection,
  indexed: IndexedMailbox,
  knownUidNext: number,
  signal: AbortSignal,
): Promise<bigint> {
  const since = indexed.modseq
  let newest = since
  const { vanished } = await fetchRows(
    connection,
    {
      uids: [[1, knownUidNext - 1]],
      items: { flags: true, modseq: true },
      changedSince: since,
      vanished: connection.features.qresync,
    },
    (row) => {
      const modseq = row.modseq ?? since
      if (modseq > newest) newest = modseq
      ctx.index.setFlags(indexed, row.uid, row.flags ?? [], modseq)
    },
    signal,
  )
  // The MODSEQ of an expunge is not told; any that is after `since` and not after what comes next is right.
  removeSet(ctx, indexed, vanished, newest > since ? newest : since + 1n)
  return newest
}

async function compareFlags(
  ctx: AccountContext,
  connection: Connection,
  indexed: IndexedMailbox,
  knownUidNext: number,
  round: bigint,
  signal: AbortSignal,
): Promise<null> {
  const { tables, keywords } = ctx.index
  const gone = new Set(ctx.index.uidsIn(indexed, 1, knownUidNext - 1))
  await fetchRows(
    connection,
    { uids: [[1, knownUidNext - 1]], items: { flags: true } },
    (row) => {
      gone.delete(row.uid)
      const place = ctx.index.find(indexed, row.uid)
      const flags = row.flags ?? []
      if (place < tables.placeCount && tables.keywordsAt[place] !== keywords.intern(flags)) {
        ctx.index.setFlags(indexed, row.uid, flags, round)
      }
    },
    signal,
  )
  for (const uid of gone) ctx.index.remove(indexed, uid, round)
  return null
}

async function removeMissing(
  ctx: AccountContext,
  connection: Connection,
  indexed: IndexedMailbox,
  modseq: bigint,
  signal: AbortSignal,
): Promise<void> {
  const { uids } = await searchMessages(connection, { criteria: 'ALL' }, signal)
  const there = new Set(uids)
  const gone = ctx.index.uidsIn(indexed, 1, LAST_UID).filter((uid) => !there.has(uid))
  for (const uid of gone) ctx.index.remove(indexed, uid, modseq > indexed.modseq ? modseq : indexed.modseq + 1n)
}

function removeSet(ctx: AccountContext, indexed: IndexedMailbox, set: NumberSet, modseq: bigint): void {
  // By what we have, not by the range: a server may say that 1:4294967295 vanished.
  const gone = set.flatMap(([first, last]) => ctx.index.uidsIn(indexed, first, last))
  for (const uid of gone) ctx.index.remove(indexed, uid, modseq)
}

function highestUid(ctx: AccountContext, indexed: IndexedMailbox): number {
  return indexed.count === 0 ? 0 : (ctx.index.tables.uidAt[indexed.places[indexed.count - 1] as number] as number)
}
