// What people type into the search box, as a filter of JMAP (RFC 8621 §4.4.1). Gmail's and Roundcube's operators:
//   from: to: cc: bcc: subject: body: filename: has:attachment is:unread is:read is:flagged is:answered is:draft
//   in:folder in:anywhere label: before: after: older_than:3d newer_than:2w larger:5M smaller:100k
// "quoted words", OR, -not, (groups). Pure: dates are read in the zone of the clock that is given, folders by a function.
// What is not understood is searched for as it stands: a search box never answers with a syntax error.

import type { EmailFilter, EmailFilterCondition } from './jmap/mail.ts'

export interface SearchContext {
  readonly now: Date
  /** The folder of that name or role (already lower case), undefined if there is none. */
  readonly mailboxId: (name: string) => string | undefined
}

export interface ParsedSearch {
  /** null: everything. */
  readonly filter: EmailFilter | null
  /** The query says itself where to look. */
  readonly namesFolder: boolean
  /** Plain words and those of text operators, for highlighting. */
  readonly words: readonly string[]
}

interface Token {
  readonly kind: 'open' | 'close' | 'or' | 'not' | 'term'
  readonly operator?: string
  readonly value: string
}

const tokenPattern = /\(|\)|-(?=[^\s-])|([\p{L}_]+):("[^"]*"?|[^\s()"]*)|"([^"]*)"?|[^\s()"]+/gu
const maxDepth = 20

export function parseSearch(input: string, context: SearchContext): ParsedSearch {
  const tokens = tokenize(input)
  const words: string[] = []
  let namesFolder = false
  let position = 0

  function parseAny(depth: number): EmailFilter | null {
    const branches: EmailFilter[] = []
    for (;;) {
      const branch = parseAll(depth)
      if (branch) branches.push(branch)
      if (tokens[position]?.kind !== 'or') break
      position++
    }
    return join('OR', branches)
  }

  function parseAll(depth: number): EmailFilter | null {
    const parts: EmailFilter[] = []
    for (let token = tokens[position]; token && token.kind !== 'or'; token = tokens[position]) {
      if (token.kind === 'close' && depth > 0) break
      const part = parseOne(depth)
      if (part) parts.push(part)
    }
    return join('AND', parts)
  }

  function parseOne(depth: number): EmailFilter | null {
    const token = tokens[position++]
    if (!token) return null
    if (token.kind === 'not') {
      const heldWords = words.length
      const part = parseOne(depth)
      words.length = heldWords
      return part ? { operator: 'NOT', conditions: [part] } : null
    }
    if (token.kind === 'open' && depth < maxDepth) {
      const inner = parseAny(depth + 1)
      if (tokens[position]?.kind === 'close') position++
      return inner
    }
    return token.kind === 'term' ? condition(token) : null
  }

  function condition({ operator, value }: Token): EmailFilterCondition | EmailFilter | null {
    const text = value.trim()
    if (text === '') return null
    if (operator === undefined) {
      words.push(text)
      return { text }
    }
    const found = operators[operator]?.(text, context)
    if (found === undefined) {
      const asTyped = `${operator}:${text}`
      words.push(asTyped)
      return { text: asTyped }
    }
    if (operator === 'in') namesFolder = true
    if (operator === 'subject' || operator === 'body') words.push(text)
    return found
  }

  const filter = parseAny(0)
  return { filter, namesFolder, words }
}

type ReadOperator = (value: string, context: SearchContext) => EmailFilter | null | undefined

/** undefined: the value makes no sense to this operator. null: no restriction. */
const operators: Readonly<Record<string, ReadOperator>> = {
  from: (from) => ({ from }),
  to: (to) => ({ to }),
  cc: (cc) => ({ cc }),
  bcc: (bcc) => ({ bcc }),
  subject: (subject) => ({ subject }),
  body: (body) => ({ body }),
  filename: (name) => ({ operator: 'AND', conditions: [{ hasAttachment: true }, { attachmentName: name }] }),
  has: (value) => (/^(attachments?|file)$/i.test(value) ? { hasAttachment: true } : undefined),
  is: (value) => states[value.toLowerCase()],
  in: (value, { mailboxId }) => {
    const name = value.toLowerCase()
    if (name === 'anywhere' || name === 'all') return null
    const id = mailboxId(name)
    return id === undefined ? undefined : { inMailbox: id }
  },
  label: (value) => ({ hasKeyword: value.toLowerCase() }),
  before: (value, { now }) => within(readDate(value, now), (date) => ({ before: date })),
  after: (value, { now }) => within(readDate(value, now), (date) => ({ after: date })),
  older_than: (value, { now }) => within(readAge(value, now), (date) => ({ before: date })),
  newer_than: (value, { now }) => within(readAge(value, now), (date) => ({ after: date })),
  larger: (value) => within(readSize(value), (minSize) => ({ minSize })),
  smaller: (value) => within(readSize(value), (maxSize) => ({ maxSize })),
}

const states: Readonly<Record<string, EmailFilterCondition>> = {
  unread: { notKeyword: '$seen' },
  read: { hasKeyword: '$seen' },
  flagged: { hasKeyword: '$flagged' },
  starred: { hasKeyword: '$flagged' },
  unflagged: { notKeyword: '$flagged' },
  answered: { hasKeyword: '$answered' },
  unanswered: { notKeyword: '$answered' },
  forwarded: { hasKeyword: '$forwarded' },
  draft: { hasKeyword: '$draft' },
}

function within<T>(value: T | undefined, make: (value: T) => EmailFilterCondition): EmailFilterCondition | undefined {
  return value === undefined ? undefined : make(value)
}

function join(operator: 'AND' | 'OR', conditions: readonly EmailFilter[]): EmailFilter | null {
  return conditions.length > 1 ? { operator, conditions } : (conditions[0] ?? null)
}

function tokenize(input: string): Token[] {
  return [...input.matchAll(tokenPattern)].map(([whole, operator, value, quoted]): Token => {
    if (operator !== undefined) {
      return { kind: 'term', operator: operator.toLowerCase(), value: (value ?? '').replaceAll('"', '') }
    }
    if (quoted !== undefined) return { kind: 'term', value: quoted }
    if (whole === '(') return { kind: 'open', value: whole }
    if (whole === ')') return { kind: 'close', value: whole }
    if (whole === '-') return { kind: 'not', value: whole }
    return whole === 'OR' ? { kind: 'or', value: whole } : { kind: 'term', value: whole }
  })
}

/** 2026, 2026-03, 2026-03-09 (or with slashes), today, yesterday: the beginning of it, in local time. */
function readDate(value: string, now: Date): string | undefined {
  if (/^today$/i.test(value)) return utc(new Date(now.getFullYear(), now.getMonth(), now.getDate()))
  if (/^yesterday$/i.test(value)) return utc(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))
  const match = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(value)
  if (!match) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)]
  const date = new Date(year, month - 1, day)
  const isReal = date.getMonth() === month - 1 && date.getDate() === day
  return isReal ? utc(date) : undefined
}

/** 3d, 2w, 6m, 1y before now. */
function readAge(value: string, now: Date): string | undefined {
  const match = /^(\d{1,4})([dwmy])$/i.exec(value)
  if (!match) return undefined
  const count = Number(match[1])
  const date = new Date(now)
  const unit = match[2]?.toLowerCase()
  if (unit === 'y') date.setFullYear(date.getFullYear() - count)
  else if (unit === 'm') date.setMonth(date.getMonth() - count)
  else date.setDate(date.getDate() - count * (unit === 'w' ? 7 : 1))
  return utc(date)
}

function readSize(value: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d+)?)([kmg]?)b?$/i.exec(value)
  if (!match) return undefined
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? '').toLowerCase()] ?? 1
  return Math.round(Number(match[1]) * factor)
}

/** RFC 8620 §1.4: UTCDate. */
function utc(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
