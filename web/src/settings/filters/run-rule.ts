// A rule run over what is in a folder already. The mail server's search finds candidates; what it cannot say exactly («is», not «contains»)
// is looked at here, message by message. What is done can be taken back.

import type { FilterCondition, FilterRule, TextCondition } from '#shared/jmap/filters.ts'
import type { Email, EmailFilter } from '#shared/jmap/mail.ts'
import type { JmapClient } from '../../jmap/client.ts'

/** Why a rule cannot be run so: what has arrived cannot be refused, nor be forwarded unseen. */
export type Obstacle = 'rejects' | 'forwards' | 'missing' | 'inexact' | 'empty'

const isWhole = ({ op }: FilterCondition) => op === 'is' || op === 'isNot'

/** What the server alone reads: bodies, and words of a header field, which may be encoded (RFC 2047). */
const isUnseen = (condition: FilterCondition) =>
  condition.field === 'body' || (condition.field === 'header' && !isWhole(condition))

export function obstacleOf({ match, conditions, actions }: FilterRule): Obstacle | null {
  if (actions.some(({ type }) => type === 'reject')) return 'rejects'
  if (actions.some(({ type }) => type === 'forward')) return 'forwards'
  if (actions.some((action) => 'mailboxId' in action && action.mailboxId === null)) return 'missing'
  if (actions.length === 0) return 'empty'
  // Which of the alternatives the search found is not told.
  if (match === 'any' && conditions.some(isUnseen) && conditions.some(isWhole)) return 'inexact'
  const isEncoded = (condition: FilterCondition) =>
    isWhole(condition) && condition.field === 'header' && !/^[ -~]*$/.test(condition.value)
  return conditions.some(isEncoded) ? 'inexact' : null
}

/** At least all messages that the rule is for. */
export function searchFor({ match, conditions }: FilterRule, inMailbox: string): EmailFilter {
  const tests = conditions.map(filterOf)
  const narrowing = tests.filter((test) => test !== null)
  if (narrowing.length === 0 || (match === 'any' && narrowing.length < tests.length)) return { inMailbox }
  return {
    operator: 'AND',
    conditions: [{ inMailbox }, { operator: match === 'all' ? 'AND' : 'OR', conditions: narrowing }],
  }
}

/** Null where a search would leave some out. */
function filterOf(condition: FilterCondition): EmailFilter | null {
  // RFC 8621 §4.4.1: minSize is «at least», maxSize «less than»; Sieve's are «more than» and «less than».
  if (condition.field === 'size')
    return condition.op === 'over' ? { minSize: condition.size + 1 } : { maxSize: condition.size }
  if (condition.field === 'attachment') return { hasAttachment: condition.op === 'has' }
  if (condition.op === 'isNot') return null
  const found = textFilter(condition)
  return condition.op === 'containsNot' ? { operator: 'NOT', conditions: [found] } : found
}

function textFilter({ field, value, header }: TextCondition): EmailFilter {
  switch (field) {
    case 'from':
      return { from: value }
    case 'to':
      return { operator: 'OR', conditions: [{ to: value }, { cc: value }] }
    case 'subject':
      return { subject: value }
    case 'listId':
      return { header: ['List-Id', value] }
    case 'header':
      return { header: [header ?? '', value] }
    case 'body':
      return { body: value }
  }
}

type Looked = Pick<
  Email,
  'id' | 'mailboxIds' | 'keywords' | 'from' | 'to' | 'cc' | 'subject' | 'size' | 'hasAttachment'
> &
  Readonly<Record<`header:${string}`, unknown>>

const headerProperty = (name: string) => `header:${name}:asRaw:all` as const

function propertiesFor({ conditions }: FilterRule): readonly string[] {
  const headers = conditions.flatMap(({ field, ...rest }) =>
    field === 'listId' ? ['List-Id'] : 'header' in rest && rest.header ? [rest.header] : [],
  )
  return [
    'id',
    'mailboxIds',
    'keywords',
    'from',
    'to',
    'cc',
    'subject',
    'size',
    'hasAttachment',
    ...new Set(headers.map(headerProperty)),
  ]
}

/** Whether the rule is for a message that the search found. */
export function isFor({ match, conditions }: FilterRule, email: Looked): boolean {
  if (match === 'any') {
    // With one of these among the alternatives all that the search said is exact: `obstacleOf`.
    const isAsFound = conditions.length === 0 || conditions.some(isUnseen)
    return isAsFound || conditions.some((condition) => holds(condition, email))
  }
  return conditions.every((condition) => isUnseen(condition) || holds(condition, email))
}

function holds(condition: FilterCondition, email: Looked): boolean {
  if (condition.field === 'size')
    return condition.op === 'over' ? email.size > condition.size : email.size < condition.size
  if (condition.field === 'attachment') return email.hasAttachment === (condition.op === 'has')
  const isNegated = condition.op === 'containsNot' || condition.op === 'isNot'
  return isNegated !== saysSo(condition, email)
}

function saysSo(condition: TextCondition, email: Looked): boolean {
  const value = condition.value.toLowerCase()
  const raw = (name: string) =>
    ((email[headerProperty(name)] as readonly string[] | undefined) ?? []).map((text) =>
      text
        .replace(/\r?\n(?=[ \t])/g, '')
        .trim()
        .toLowerCase(),
    )
  switch (condition.field) {
    case 'from':
    case 'to': {
      const people = condition.field === 'from' ? (email.from ?? []) : [...(email.to ?? []), ...(email.cc ?? [])]
      if (!isWhole(condition)) {
        return people.some(({ name, email: address }) => `${name ?? ''} <${address}>`.toLowerCase().includes(value))
      }
      return people.some(({ email: address }) =>
        value.startsWith('@') ? address.toLowerCase().endsWith(value) : address.toLowerCase() === value,
      )
    }
    case 'subject': {
      const subject = (email.subject ?? '').toLowerCase()
      return isWhole(condition) ? subject === value : subject.includes(value)
    }
    case 'listId':
      return raw('List-Id').some((text) => text.includes(isWhole(condition) ? `<${value}>` : value))
    case 'header':
      return raw(condition.header ?? '').includes(value)
    case 'body':
      return true
  }
}

type Patch = Readonly<Record<string, true | null>>

/** What the rule changes of a message, as a patch, and what takes it back. */
export function patchFor(
  { actions }: FilterRule,
  email: Pick<Email, 'mailboxIds' | 'keywords'>,
  folders: { readonly from: string; readonly trash: string | undefined },
): { readonly patch: Patch; readonly back: Patch } {
  const patch: Record<string, true | null> = {}
  for (const action of actions) {
    if (action.type === 'keyword')
      patch[`keywords/${action.keyword.replaceAll('~', '~0').replaceAll('/', '~1')}`] = true
    const to = action.type === 'discard' ? folders.trash : 'mailboxId' in action ? action.mailboxId : undefined
    if (!to) continue
    patch[`mailboxIds/${to}`] = true
    // Both «copy here» and «move away»: it stays.
    if (action.type !== 'copy' && to !== folders.from) patch[`mailboxIds/${folders.from}`] ??= null
  }
  const has = (path: string) =>
    path.startsWith('mailboxIds/')
      ? email.mailboxIds[path.slice('mailboxIds/'.length)] === true
      : email.keywords[path.slice('keywords/'.length).replaceAll('~1', '/').replaceAll('~0', '~')] === true
  const entries = Object.entries(patch).filter(([path, value]) => has(path) !== (value === true))
  return {
    patch: Object.fromEntries(entries),
    back: Object.fromEntries(entries.map(([path, value]) => [path, value === null ? true : null])),
  }
}

export interface RunOptions {
  readonly inMailbox: string
  readonly trash: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}
export interface RunResult {
  readonly changed: number
  readonly failed: number
  readonly undo: () => Promise<void>
}

const pageSize = 500
const chunkSize = 100

/** Stops between two parcels when the signal says so: what was done is told and can be taken back. */
export async function runRule(client: JmapClient, rule: FilterRule, options: RunOptions): Promise<RunResult> {
  const { inMailbox, trash, signal, onProgress } = options
  const { accountId } = client
  const ids: string[] = []
  // Read whole first: what is moved away would shift the pages.
  for (;;) {
    const page = await client.call(
      'Email/query',
      {
        accountId,
        filter: searchFor(rule, inMailbox),
        sort: [{ property: 'receivedAt', isAscending: false }],
        position: ids.length,
        limit: pageSize,
      },
      { signal },
    )
    ids.push(...page.ids)
    if (page.ids.length < pageSize) break
  }
  const undone = new Map<string, Patch>()
  let failed = 0
  for (let at = 0; at < ids.length && !signal.aborted; at += chunkSize) {
    onProgress(at, ids.length)
    try {
      failed += await runChunk(ids.slice(at, at + chunkSize))
    } catch (error) {
      // What was done before is told, and can be taken back.
      if (undone.size === 0) throw error
      failed += ids.length - at
      break
    }
  }
  onProgress(ids.length, ids.length)

  /** How many the server refused. */
  async function runChunk(chunk: readonly string[]): Promise<number> {
    const { list } = await client.call('Email/get', { accountId, ids: chunk, properties: propertiesFor(rule) })
    const update: Record<string, Patch> = {}
    const backs = new Map<string, Patch>()
    for (const email of list as readonly Looked[]) {
      if (!isFor(rule, email)) continue
      const { patch, back } = patchFor(rule, email, { from: inMailbox, trash })
      if (Object.keys(patch).length === 0) continue
      update[email.id] = patch
      backs.set(email.id, back)
    }
    const refused = new Set(await setEmails(client, update))
    for (const [id, back] of backs) if (!refused.has(id)) undone.set(id, back)
    return refused.size
  }

  return {
    changed: undone.size,
    failed,
    async undo() {
      const all = [...undone]
      let notUndone = 0
      for (let at = 0; at < all.length; at += chunkSize) {
        notUndone += (await setEmails(client, Object.fromEntries(all.slice(at, at + chunkSize)))).length
      }
      if (notUndone > 0) throw new Error(`${notUndone} not undone`)
    },
  }
}

/** Those that the server refused. */
async function setEmails(client: JmapClient, update: Readonly<Record<string, Patch>>): Promise<readonly string[]> {
  if (Object.keys(update).length === 0) return []
  const { notUpdated } = await client.call('Email/set', { accountId: client.accountId, update })
  return Object.keys(notUpdated ?? {})
}
