// Rules, forwarding and blocked senders as Sieve: RFC 5228 with copy (RFC 3894), body (RFC 5173), imap4flags (RFC 5232), reject (RFC 5429),
// mime (RFC 5703) and mailbox (RFC 5490). What a person typed stands in quoted strings alone.

import type { FilterCondition, TextCondition } from '#shared/jmap/filters.ts'
import type { KeptAction, KeptRule, KeptRules } from './filter-rules.ts'
import { quote, quoteList, type SieveCode } from './quote.ts'

/** `knowsMailboxes`: a rule for a mailbox that is gone is passed over. Without RFC 5490 the mail server delivers to the inbox. */
interface PrintOptions {
  readonly knowsMailboxes: boolean
}

export function printBlocked({ senders, target }: KeptRules['blocked'], options: PrintOptions): SieveCode {
  if (senders.length === 0 || !target) return none
  const addresses = senders.filter((sender) => !sender.startsWith('@'))
  const domains = senders.filter((sender) => sender.startsWith('@')).map((sender) => sender.slice(1))
  const tests = [
    ...(addresses.length > 0 ? [`address :is :all "From" ${quoteList(addresses)}`] : []),
    // A domain stands for those below it as well.
    ...(domains.length > 0
      ? [
          `address :is :domain "From" ${quoteList(domains)}`,
          `address :matches :domain "From" ${quoteList(domains.map((domain) => `*.${literal(domain)}`))}`,
        ]
      : []),
  ]
  const mailbox = quote(target.mailbox)
  return {
    needs: ['fileinto', ...(options.knowsMailboxes ? ['mailbox'] : [])],
    lines: [
      '# Blocked senders',
      ...block([...exists(target.mailbox, options), anyOf(tests)], [`fileinto ${mailbox};`, 'stop;']),
    ],
  }
}

export function printForwarding({ isEnabled, emails, keepsCopy }: KeptRules['forwarding']): SieveCode {
  if (!isEnabled) return none
  return {
    needs: keepsCopy ? ['copy'] : [],
    // Without a copy nothing may come after, which could file one.
    lines: [
      '# Forwarding',
      ...emails.map((email) => `redirect ${keepsCopy ? ':copy ' : ''}${quote(email)};`),
      ...(keepsCopy ? [] : ['stop;']),
    ],
  }
}

/**
 * Those that refuse, which come before all that keeps, answers or sends on: RFC 5429 §2.1 and RFC 5230 §4.7 forbid both for one message,
 * and a server that meets both gives up the whole script. An earlier rule that stops still comes first.
 */
export function printRefusals(rules: readonly KeptRule[]): SieveCode {
  const stopping: string[] = []
  const code: SieveCode[] = []
  for (const rule of rules.filter(({ isEnabled }) => isEnabled)) {
    const test = testOf(rule)
    const refusal = rule.actions.find(({ type }) => type === 'reject')
    if (refusal?.type === 'reject') {
      const unless = stopping.length > 0 ? [`not ${anyOf(stopping)}`] : []
      code.push({
        needs: ['reject', ...rule.conditions.flatMap(needOf), ...rulesBefore(rules, rule)],
        lines: [comment(rule), ...block([...unless, test], [`reject ${quote(refusal.reason)};`, 'stop;'])],
      })
    } else if (rule.stops || isFinal(rule)) stopping.push(test)
  }
  return joined(code)
}

/** All rules but those that refuse. */
export function printRules(rules: readonly KeptRule[], options: PrintOptions): SieveCode {
  return joined(
    rules
      .filter(({ isEnabled, actions }) => isEnabled && !actions.some(({ type }) => type === 'reject'))
      .map((rule) => {
        const { actions, conditions } = rule
        const mailboxes = actions.flatMap((action) => ('mailbox' in action ? [action.mailbox] : []))
        const stops = rule.stops || isFinal(rule)
        return {
          needs: [
            ...conditions.flatMap(needOf),
            ...actions.flatMap(needsOfAction),
            ...(options.knowsMailboxes && mailboxes.length > 0 ? ['mailbox'] : []),
          ],
          lines: [
            comment(rule),
            ...block(
              [...mailboxes.flatMap((mailbox) => exists(mailbox, options)), testOf(rule)],
              // RFC 5232 §4: flags are given to what is filed after them.
              [...inOrder(actions).map(printAction), ...(stops ? ['stop;'] : [])],
            ),
          ],
        }
      }),
  )
}

const none: SieveCode = { needs: [], lines: [] }
const joined = (code: readonly SieveCode[]): SieveCode => ({
  needs: code.flatMap(({ needs }) => needs),
  lines: code.flatMap(({ lines }) => lines),
})

/** What is thrown away is not looked at again. */
const isFinal = ({ actions }: KeptRule) => actions.some(({ type }) => type === 'discard')

const rulesBefore = (rules: readonly KeptRule[], rule: KeptRule) =>
  rules
    .slice(0, rules.indexOf(rule))
    .filter(({ isEnabled }) => isEnabled)
    .flatMap(({ conditions }) => conditions.flatMap(needOf))

const comment = ({ name }: KeptRule) => `# ${name.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim() || 'Rule'}`

function block(tests: readonly string[], actions: readonly string[]): readonly string[] {
  return [
    `if ${tests.length === 1 ? tests[0] : `allof(${tests.join(', ')})`} {`,
    ...actions.map((line) => `  ${line}`),
    '}',
  ]
}

const anyOf = (tests: readonly string[]) => (tests.length === 1 ? tests[0]! : `anyof(${tests.join(', ')})`)

const exists = (mailbox: string, { knowsMailboxes }: PrintOptions) =>
  knowsMailboxes ? [`mailboxexists ${quote(mailbox)}`] : []

function testOf({ match, conditions }: KeptRule): string {
  const tests = conditions.map(printCondition)
  if (tests.length < 2) return tests[0] ?? 'true'
  return `${match === 'all' ? 'allof' : 'anyof'}(${tests.join(', ')})`
}

function printCondition(condition: FilterCondition): string {
  if (condition.field === 'size') return `size :${condition.op} ${condition.size}`
  if (condition.field === 'attachment') {
    const named = 'header :mime :anychild :param "filename" :contains "Content-Disposition" ""'
    return condition.op === 'has' ? named : `not ${named}`
  }
  const isNegated = condition.op === 'containsNot' || condition.op === 'isNot'
  return `${isNegated ? 'not ' : ''}${printText(condition)}`
}

const headersOf = {
  from: ['From'],
  to: ['To', 'Cc'],
  subject: ['Subject'],
  listId: ['List-Id'],
  header: [],
  body: [],
} as const

function printText({ field, op, value, header }: TextCondition): string {
  if (field === 'body') return `body :text :contains ${quote(value)}`
  const isWhole = op === 'is' || op === 'isNot'
  const headers = quoteList(header === null ? headersOf[field] : [header])
  if (!isWhole) return `header :contains ${headers} ${quote(value)}`
  if (field === 'from' || field === 'to') {
    return value.startsWith('@')
      ? `address :is :domain ${headers} ${quote(value.slice(1))}`
      : `address :is :all ${headers} ${quote(value)}`
  }
  // RFC 2919 §3: words may stand before the identifier, which is in angle brackets.
  if (field === 'listId') return `header :contains ${headers} ${quote(`<${value}>`)}`
  return `header :is ${headers} ${quote(value)}`
}

/** RFC 5228 §2.7.1: what `:matches` gives a meaning. */
const literal = (text: string) => text.replace(/[*?\\]/g, '\\$&')

const flagsOf: Readonly<Record<string, string>> = {
  $seen: '\\Seen',
  $flagged: '\\Flagged',
  $answered: '\\Answered',
  $draft: '\\Draft',
}

function printAction(action: KeptAction): string {
  switch (action.type) {
    case 'move':
      return `fileinto ${quote(action.mailbox)};`
    case 'copy':
      return `fileinto :copy ${quote(action.mailbox)};`
    case 'keyword':
      return `addflag ${quote(flagsOf[action.keyword.toLowerCase()] ?? action.keyword)};`
    case 'forward':
      return `redirect ${action.keepsCopy ? ':copy ' : ''}${quote(action.email)};`
    case 'discard':
      return 'discard;'
    case 'reject':
      return `reject ${quote(action.reason)};`
  }
}

const inOrder = (actions: readonly KeptAction[]) => [
  ...actions.filter(({ type }) => type === 'keyword'),
  ...actions.filter(({ type }) => type !== 'keyword'),
]

function needOf({ field }: FilterCondition): readonly string[] {
  if (field === 'body') return ['body']
  return field === 'attachment' ? ['mime'] : []
}

function needsOfAction(action: KeptAction): readonly string[] {
  switch (action.type) {
    case 'move':
      return ['fileinto']
    case 'copy':
      return ['fileinto', 'copy']
    case 'keyword':
      return ['imap4flags']
    case 'forward':
      return action.keepsCopy ? ['copy'] : []
    case 'reject':
      return ['reject']
    case 'discard':
      return []
  }
}
