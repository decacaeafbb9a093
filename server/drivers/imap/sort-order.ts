// Sorts (RFC 8621 §4.4.2) over messages of the index. Dates, sizes and keywords stand in its columns; names, subjects and sent dates come
// from the server's SORT where one mailbox is asked, else from the headers.

import { Failure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { SortKey } from '#formats/imap/types.ts'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { readHeader } from '#formats/mime/header-forms.ts'
import type { Comparator } from '#shared/jmap/core.ts'
import { baseSubject } from './base-subject.ts'
import type { AccountContext } from './context.ts'
import { keywordTest, threadTest } from './email-filter.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import { sortMessages } from './engine/commands/search.ts'
import { inMailboxes } from './in-mailboxes.ts'
import { NONE } from './tables.ts'

const headerSorts: Readonly<Record<string, string>> = { sentAt: 'Date', from: 'From', to: 'To', subject: 'Subject' }
const serverSorts: Readonly<Record<string, SortKey['by']>> = {
  receivedAt: 'ARRIVAL',
  sentAt: 'DATE',
  size: 'SIZE',
  from: 'DISPLAYFROM',
  to: 'DISPLAYTO',
  subject: 'SUBJECT',
}
const keywordSorts = new Set(['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword'])

export const newestFirst: readonly Comparator[] = [{ property: 'receivedAt', isAscending: false }]

/** Throws unsupportedSort for what RFC 8621 does not have. */
export function checkSort(sort: readonly Comparator[]): readonly Comparator[] {
  for (const { property, keyword, collation } of sort) {
    const isKnown = property in serverSorts || (keywordSorts.has(property) && typeof keyword === 'string')
    // RFC 4790: i;ascii-casemap is what RFC 8620 §5.5 makes default here; others are not announced.
    if (!isKnown || (collation != null && collation !== 'i;ascii-casemap' && collation !== 'i;unicode-casemap')) {
      throw new Failure('unsupportedSort', { property, collation })
    }
  }
  return sort.length > 0 ? sort : newestFirst
}

/** Whether the account's threads decide. */
export function sortsByThread(sort: readonly Comparator[]): boolean {
  return sort.some(({ property }) => property.includes('Thread'))
}

export async function sortedMessages(
  ctx: AccountContext,
  messages: Uint32Array,
  sort: readonly Comparator[],
  mailbox: string | null,
  signal: AbortSignal,
): Promise<Uint32Array> {
  const [only] = sort
  if (sort.length === 1 && only?.property === 'receivedAt') return byDate(ctx, messages, only.isAscending !== false)
  const needsServer = sort.some(({ property }) => property in headerSorts)
  if (needsServer && mailbox !== null && sort.every(({ property }) => property in serverSorts)) {
    const ranked = await byServer(ctx, messages, sort, mailbox, signal)
    if (ranked !== null) return ranked
  }
  const values = await Promise.all(sort.map((by) => sortValues(ctx, messages, by, signal)))
  const order = Uint32Array.from(messages.keys())
  const direction = sort[0]?.isAscending === false ? -1 : 1
  order.sort((a, b) => {
    for (let at = 0; at < values.length; at++) {
      const column = values[at] as readonly (string | number)[]
      const x = column[a] as string | number
      const y = column[b] as string | number
      if (x !== y) return (x < y ? -1 : 1) * (sort[at]?.isAscending === false ? -1 : 1)
    }
    return direction * ((messages[a] as number) - (messages[b] as number))
  })
  return order.map((at) => messages[at] as number)
}

/** The one sort that happens all the time: numbers packed into doubles, sorted natively. */
function byDate(ctx: AccountContext, messages: Uint32Array, isAscending: boolean): Uint32Array {
  // 2^32 seconds times 2^21 messages fit into the 53 bits of a double; beyond that the order of equal seconds is lost, not the result.
  const keys = new Float64Array(messages.length)
  const { dateOf, firstPlace, uidAt } = ctx.index.tables
  const sorted = messages.toSorted((a, b) => tie(a) - tie(b) || a - b)
  function tie(message: number): number {
    const place = firstPlace[message] as number
    return place === NONE ? 0 : (uidAt[place] as number)
  }
  sorted.forEach((message, at) => {
    keys[at] = (dateOf[message] as number) * 2097152 + at
  })
  keys.sort()
  if (!isAscending) keys.reverse()
  return Uint32Array.from(keys, (key) => sorted[key % 2097152] as number)
}

async function byServer(
  ctx: AccountContext,
  messages: Uint32Array,
  sort: readonly Comparator[],
  mailboxId: string,
  signal: AbortSignal,
): Promise<Uint32Array | null> {
  const mailbox = ctx.tree.byId.get(mailboxId)
  const indexed = ctx.index.mailbox(mailboxId)
  if (!mailbox || !indexed) return null
  const keys = sort.map(
    ({ property, isAscending }): SortKey => ({
      by: serverSorts[property] ?? 'ARRIVAL',
      isReverse: isAscending === false,
    }),
  )
  const found = await ctx.deps.pool.use(ctx.login, { mailbox: mailbox.path, signal }, async (connection) => {
    const { sort: maySort, sortDisplay } = connection.features
    if (!maySort || (!sortDisplay && keys.some(({ by }) => by.startsWith('DISPLAY')))) return null
    return await sortMessages(connection, { criteria: 'ALL', sort: keys }, signal)
  })
  if (found === null) return null
  const wanted = new Set(messages)
  const result: number[] = []
  for (const uid of found.uids) {
    const place = ctx.index.find(indexed, uid)
    const message = place === NONE ? NONE : (ctx.index.tables.messageAt[place] as number)
    if (wanted.delete(message)) result.push(message)
  }
  // What came or went between the index and now stands at the end, until the next look.
  return Uint32Array.from([...result, ...wanted])
}

async function sortValues(
  ctx: AccountContext,
  messages: Uint32Array,
  by: Comparator,
  signal: AbortSignal,
): Promise<readonly (string | number)[]> {
  const { tables } = ctx.index
  const list = [...messages]
  const header = headerSorts[by.property]
  if (header !== undefined) return await headerValues(ctx, messages, by.property, header, signal)
  if (by.property === 'receivedAt') return list.map((message) => tables.dateOf[message] as number)
  if (by.property === 'size') return list.map((message) => tables.sizeOf[message] as number)
  // RFC 8621 §4.4.2: false sorts before true.
  const has = keywordTest(ctx, by.keyword ?? '')
  const test =
    by.property === 'hasKeyword' ? has : threadTest(ctx, by.property.startsWith('all') ? 'every' : 'some', has)
  return list.map((message) => Number(test(message)))
}

async function headerValues(
  ctx: AccountContext,
  messages: Uint32Array,
  property: string,
  header: string,
  signal: AbortSignal,
): Promise<readonly (string | number)[]> {
  const { dateOf } = ctx.index.tables
  const values: (string | number)[] = new Array(messages.length).fill(property === 'sentAt' ? 0 : '')
  const places = Array.from(messages, (message, at) => [message, at] as const)
  await inMailboxes(ctx, places, signal, (connection, uids) =>
    fetchRows(
      connection,
      { uids: toSet(uids.keys()), items: { headers: [header] } },
      (row) => {
        const at = uids.get(row.uid)
        if (at === undefined || row.headers === null) return
        values[at] = sortValue(property, header, row.headers, dateOf[messages[at] as number] as number)
      },
      signal,
    ),
  )
  return values
}

function sortValue(property: string, header: string, octets: Buffer, receivedAt: number): string | number {
  const fields = parseHeaderFields(octets)
  const read = (form: 'Text' | 'Date' | 'Addresses') => readHeader(fields, { field: header, form, all: false })
  if (property === 'sentAt') {
    const date = read('Date')
    return typeof date === 'string' ? Date.parse(date) / 1000 : receivedAt
  }
  if (property === 'subject') {
    const subject = read('Text')
    return typeof subject === 'string' ? baseSubject(subject).toLowerCase() : ''
  }
  // RFC 8621 §4.4.2: the name of the first address, else its email.
  const [first] = (read('Addresses') ?? []) as readonly { readonly name: string | null; readonly email: string }[]
  return (first?.name || first?.email || '').toLowerCase()
}
