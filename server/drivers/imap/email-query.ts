// Email/query and Email/queryChanges (RFC 8620 §5.5, 5.6, RFC 8621 §4.4) from the index.

import { Failure } from '#core/errors.ts'
import type { EmailQuery, EmailQueryChanges, EmailQueryResult } from '#ports/mail-store.ts'
import { learnAttachments } from './attachments.ts'
import type { AccountContext } from './context.ts'
import { compileFilter, conditionsOf, type FilterScope, scopeOf } from './email-filter.ts'
import { firstScreen } from './first-screen.ts'
import type { Freshness } from './freshness.ts'
import { hash128 } from './hash.ts'
import { difference, listState, type ResultList, type ResultLists } from './result-lists.ts'
import { checkSort, sortedMessages, sortsByThread } from './sort-order.ts'
import { NONE, parseEmailId } from './tables.ts'

export interface QueryDeps {
  readonly ctx: AccountContext
  readonly freshness: Freshness
  readonly lists: ResultLists
}

export async function queryEmails(deps: QueryDeps, query: EmailQuery, signal: AbortSignal): Promise<EmailQueryResult> {
  const { ctx, freshness } = deps
  checkSort(query.sort)
  conditionsOf(query.filter)
  await freshness.check(signal)
  const screen = await firstScreen(ctx, query, signal)
  freshness.build()
  if (screen !== null) {
    const page = screen.messages.subarray(query.position, query.position + query.limit)
    return {
      queryState: screen.queryState,
      // RFC 8620 §5.5: what came between is known only from the index on; queryChanges says cannotCalculateChanges.
      canCalculateChanges: false,
      position: query.position,
      ids: Array.from(page, (message) => ctx.index.tables.idOf(message)),
      total: query.calculateTotal ? screen.total : null,
    }
  }
  const list = await resultList(deps, query, signal)
  const position = positionOf(ctx, list.messages, query)
  return {
    queryState: list.state,
    canCalculateChanges: true,
    position,
    ids: Array.from(list.messages.subarray(position, position + query.limit), (message) =>
      ctx.index.tables.idOf(message),
    ),
    total: query.calculateTotal ? list.messages.length : null,
  }
}

export async function queryChanges(
  deps: QueryDeps,
  query: EmailQuery,
  since: string,
  options: { readonly maxChanges: number | null; readonly upToId: string | null },
  signal: AbortSignal,
): Promise<EmailQueryChanges> {
  const { ctx, freshness, lists } = deps
  checkSort(query.sort)
  conditionsOf(query.filter)
  await freshness.check(signal)
  const before = lists.at(queryKey(query), since)
  // Unknown here: it may be of what we have not seen yet.
  if (before === null) await freshness.confirm(signal)
  const list = await resultList(deps, query, signal)
  const total = query.calculateTotal ? list.messages.length : null
  if (since === list.state) return { newQueryState: list.state, total, removed: [], added: [] }
  if (before === null) throw new Failure('cannotCalculateChanges', { since })
  const { removed, added } = difference(before.messages, list.messages)
  if (options.maxChanges !== null && removed.length + added.length > options.maxChanges) {
    throw new Failure('cannotCalculateChanges', { tooMany: removed.length + added.length })
  }
  const { idOf } = ctx.index.tables
  return {
    newQueryState: list.state,
    total,
    removed: removed.map(idOf),
    added: added.map(({ message, index }) => ({ id: idOf(message), index })),
  }
}

function queryKey(query: EmailQuery): string {
  return hash128(JSON.stringify([query.filter, query.sort, query.collapseThreads])).toString('base64url')
}

async function resultList(
  { ctx, freshness, lists }: QueryDeps,
  query: EmailQuery,
  signal: AbortSignal,
): Promise<ResultList> {
  const sort = checkSort(query.sort)
  const scope = scopeOf(query.filter)
  const isLocal = scope.isLocal && !sortsByThread(sort)
  await freshness.complete(isLocal && scope.mailbox !== null ? [scope.mailbox] : null, signal)
  const key = queryKey(query)
  const { generation } = ctx.index
  const latest = lists.latest(key)
  if (latest !== null && latest.generation === generation) return latest
  const found = await matching(ctx, query, scope, signal)
  const sorted = await sortedMessages(ctx, found, sort, scope.mailbox, signal)
  const messages = query.collapseThreads ? collapsed(ctx, sorted) : sorted
  const list: ResultList = { messages, state: listState(ctx, messages), generation }
  lists.keep(key, list)
  return list
}

async function matching(
  ctx: AccountContext,
  query: EmailQuery,
  scope: FilterScope,
  signal: AbortSignal,
): Promise<Uint32Array> {
  let assumed = false
  const test = await compileFilter(ctx, query.filter, { scope, unknownAttachment: () => assumed, signal })
  const candidates = candidatesOf(ctx, scope)
  if (conditionsOf(query.filter).some((one) => one.hasAttachment != null)) {
    // Only where it decides: whatever the rest of the filter rules out is not asked for.
    const open = candidates.filter((message) => {
      assumed = false
      const without = test(message)
      assumed = true
      return test(message) !== without
    })
    await learnAttachments(ctx, open, signal)
    assumed = false
  }
  return candidates.filter(test)
}

function candidatesOf(ctx: AccountContext, scope: FilterScope): Uint32Array {
  const { tables } = ctx.index
  if (scope.mailbox === null) {
    const all = new Uint32Array(tables.messageCount)
    let count = 0
    for (let message = 0; message < tables.messageCount; message++) {
      if (tables.firstPlace[message] !== NONE) all[count++] = message
    }
    return all.subarray(0, count)
  }
  const indexed = ctx.index.mailbox(scope.mailbox)
  if (!indexed) return new Uint32Array(0)
  const inside = new Uint32Array(indexed.count)
  const seen = new Uint8Array(tables.messageCount)
  let count = 0
  for (let at = 0; at < indexed.count; at++) {
    const message = tables.messageAt[indexed.places[at] as number] as number
    if (seen[message] === 1) continue
    seen[message] = 1
    inside[count++] = message
  }
  return inside.subarray(0, count)
}

function collapsed(ctx: AccountContext, messages: Uint32Array): Uint32Array {
  const { tables } = ctx.index
  const seen = new Uint8Array(tables.threadCount)
  return messages.filter((message) => {
    const thread = tables.threadOf[message] as number
    if (seen[thread] === 1) return false
    seen[thread] = 1
    return true
  })
}

/** RFC 8620 §5.5: an anchor goes before a position; a negative position counts from the end; what is before the first is the first. */
function positionOf(ctx: AccountContext, messages: Uint32Array, query: EmailQuery): number {
  if (query.anchor === null) return query.position < 0 ? Math.max(0, messages.length + query.position) : query.position
  const words = parseEmailId(query.anchor)
  const message = words === null ? -1 : ctx.index.tables.findMessage(words)
  const at = message < 0 ? -1 : messages.indexOf(message)
  if (at < 0) throw new Failure('anchorNotFound', { anchor: query.anchor })
  return Math.max(0, at + query.anchorOffset)
}
