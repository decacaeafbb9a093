// A filter (RFC 8621 §4.4.1) as a test on the index. Texts are asked of the server before, all mailboxes and conditions at once.

import { Failure } from '#core/errors.ts'
import type { Filter } from '#shared/jmap/core.ts'
import type { EmailFilter, EmailFilterCondition } from '#shared/jmap/mail.ts'
import type { AccountContext } from './context.ts'
import { searchMessages } from './engine/commands/search.ts'
import { searchKeys } from './search-keys.ts'
import { NONE } from './tables.ts'

export interface FilterScope {
  /** The only mailbox that a result can lie in; null: any. */
  readonly mailbox: string | null
  /** Answered from that mailbox alone; else the whole account must be in the index. */
  readonly isLocal: boolean
}

const isOperator = (filter: EmailFilter): filter is Extract<EmailFilter, { operator: string }> => 'operator' in filter

const known = new Set([
  'inMailbox',
  'inMailboxOtherThan',
  'before',
  'after',
  'minSize',
  'maxSize',
  'allInThreadHaveKeyword',
  'someInThreadHaveKeyword',
  'noneInThreadHaveKeyword',
  'hasKeyword',
  'notKeyword',
  'hasAttachment',
  'text',
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'body',
  'header',
  'attachmentName',
])

/** Throws unsupportedFilter for conditions that RFC 8621 does not have. */
export function conditionsOf(filter: EmailFilter | null): readonly EmailFilterCondition[] {
  if (filter === null) return []
  if (isOperator(filter)) return filter.conditions.flatMap(conditionsOf)
  const strange = Object.keys(filter).find((name) => !known.has(name))
  if (strange !== undefined) throw new Failure('unsupportedFilter', { condition: strange })
  return [filter]
}

export function scopeOf(filter: EmailFilter | null): FilterScope {
  const mailbox = inMailboxOf(filter)
  const conditions = conditionsOf(filter)
  const reachesOut = conditions.some(
    (one) =>
      one.inMailboxOtherThan != null ||
      one.allInThreadHaveKeyword != null ||
      one.someInThreadHaveKeyword != null ||
      one.noneInThreadHaveKeyword != null ||
      (one.inMailbox != null && one.inMailbox !== mailbox),
  )
  return { mailbox, isLocal: mailbox !== null && !reachesOut }
}

function inMailboxOf(filter: EmailFilter | null): string | null {
  if (filter === null) return null
  if (!isOperator(filter)) return filter.inMailbox ?? null
  if (filter.operator !== 'AND') return null
  for (const one of filter.conditions) {
    const mailbox = inMailboxOf(one)
    if (mailbox !== null) return mailbox
  }
  return null
}

export type MessageTest = (message: number) => boolean

/** `search` answers the server's part: 1 for each message that matches all keys. */
export async function compileFilter(
  ctx: AccountContext,
  filter: EmailFilter | null,
  options: {
    readonly scope: FilterScope
    /** What hasAttachment says where it is not known yet. */
    readonly unknownAttachment: () => boolean
    readonly signal: AbortSignal
  },
): Promise<MessageTest> {
  if (filter === null) return () => true
  if (isOperator(filter)) {
    const tests = await Promise.all(filter.conditions.map((one) => compileFilter(ctx, one, options)))
    if (filter.operator === 'AND') return (message) => tests.every((test) => test(message))
    if (filter.operator === 'OR') return (message) => tests.some((test) => test(message))
    return (message) => !tests.some((test) => test(message))
  }
  const tests = indexTests(ctx, filter, options.unknownAttachment)
  const keys = searchKeys(filter)
  if (keys !== null) {
    const matched = await searchServer(ctx, keys, options.scope, options.signal)
    tests.push((message) => matched[message] === 1)
  }
  if (tests.length === 1) return tests[0] as MessageTest
  return (message) => tests.every((test) => test(message))
}

export function keywordTest(ctx: AccountContext, keyword: string): MessageTest {
  const { tables, keywords } = ctx.index
  const having = keywords.having(keyword)
  return (message) => {
    for (let at = tables.firstPlace[message] as number; at !== NONE; at = tables.nextPlace[at] as number) {
      if (having[tables.keywordsAt[at] as number] === 1) return true
    }
    return false
  }
}

/** Whether `every` or `some` message of the same thread passes. */
export function threadTest(ctx: AccountContext, kind: 'every' | 'some', test: MessageTest): MessageTest {
  const { tables } = ctx.index
  return (message) => {
    const thread = tables.threadOf[message] as number
    for (let at = tables.firstInThread[thread] as number; at !== NONE; at = tables.nextInThread[at] as number) {
      if (tables.firstPlace[at] === NONE) continue
      if (test(at) !== (kind === 'every')) return kind === 'some'
    }
    return kind === 'every'
  }
}

function indexTests(
  ctx: AccountContext,
  condition: Exclude<EmailFilterCondition, Filter<never>>,
  unknownAttachment: () => boolean,
): MessageTest[] {
  const { tables, mailboxes } = ctx.index
  const tests: MessageTest[] = []
  const when = <T>(value: T | null | undefined, make: (value: T) => MessageTest) => {
    if (value !== undefined && value !== null) tests.push(make(value))
  }
  const liesIn = (isWanted: (id: string) => boolean): MessageTest => {
    const wanted = Uint8Array.from(mailboxes, ({ id }) => Number(isWanted(id)))
    return (message) => {
      for (let at = tables.firstPlace[message] as number; at !== NONE; at = tables.nextPlace[at] as number) {
        if (wanted[tables.mailboxAt[at] as number] === 1) return true
      }
      return false
    }
  }
  const not =
    (test: MessageTest): MessageTest =>
    (message) =>
      !test(message)
  when(condition.inMailbox, (id) => liesIn((other) => other === id))
  when(condition.inMailboxOtherThan, (ids) => liesIn((other) => !ids.includes(other)))
  when(condition.before, (date) => {
    const limit = Date.parse(date) / 1000
    return (message) => (tables.dateOf[message] as number) < limit
  })
  when(condition.after, (date) => {
    const limit = Date.parse(date) / 1000
    return (message) => (tables.dateOf[message] as number) >= limit
  })
  when(condition.minSize, (size) => (message) => (tables.sizeOf[message] as number) >= size)
  when(condition.maxSize, (size) => (message) => (tables.sizeOf[message] as number) < size)
  when(condition.hasKeyword, (keyword) => keywordTest(ctx, keyword))
  when(condition.notKeyword, (keyword) => not(keywordTest(ctx, keyword)))
  when(condition.allInThreadHaveKeyword, (keyword) => threadTest(ctx, 'every', keywordTest(ctx, keyword)))
  when(condition.someInThreadHaveKeyword, (keyword) => threadTest(ctx, 'some', keywordTest(ctx, keyword)))
  when(condition.noneInThreadHaveKeyword, (keyword) => not(threadTest(ctx, 'some', keywordTest(ctx, keyword))))
  when(condition.hasAttachment, (wanted) => (message) => {
    const state = tables.attachment[message]
    return state === 0 ? unknownAttachment() : (state === 2) === wanted
  })
  return tests
}

async function searchServer(
  ctx: AccountContext,
  keys: readonly import('#formats/imap/types.ts').SearchKey[],
  scope: FilterScope,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { index } = ctx
  const matched = new Uint8Array(index.tables.messageCount)
  const mailboxes = [...ctx.tree.byId.values()].filter(
    (mailbox) =>
      mailbox.isSelectable &&
      (scope.mailbox === null || scope.mailbox === mailbox.id) &&
      (index.mailbox(mailbox.id)?.count ?? 0) > 0,
  )
  await Promise.all(
    mailboxes.map(async (mailbox) => {
      const indexed = index.mailbox(mailbox.id)
      if (!indexed) return
      const { uids } = await ctx.deps.pool.use(ctx.login, { mailbox: mailbox.path, signal }, (connection) =>
        searchMessages(connection, { criteria: keys }, signal),
      )
      for (const uid of uids) {
        const place = index.find(indexed, uid)
        const message = place === NONE ? NONE : (index.tables.messageAt[place] as number)
        if (message < matched.length) matched[message] = 1
      }
    }),
  )
  return matched
}
