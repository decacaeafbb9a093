// Rules, forwarding and blocked senders as our script remembers them: like the client's (shared/jmap/filters.ts), but for mailboxes, which
// stand under the mail server's own names. Read strictly, from a client and from the script alike.

import { Failure } from '#core/errors.ts'
import type { BlockedSenders, FilterAction, FilterCondition, FilterRule, Forwarding } from '#shared/jmap/filters.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'mailboxId'> : never
export type KeptAction = WithoutId<FilterAction>
export type KeptRule = Omit<FilterRule, 'actions'> & { readonly actions: readonly KeptAction[] }
export interface KeptRules {
  readonly rules: readonly KeptRule[]
  readonly forwarding: Forwarding
  readonly blocked: Omit<BlockedSenders, 'target'> & { readonly target: { readonly mailbox: string } | null }
}

export const noRules: KeptRules = {
  rules: [],
  forwarding: { isEnabled: false, emails: [], keepsCopy: true },
  blocked: { senders: [], target: null },
}

/** Many times what a person needs; the whole stays far below what ManageSieve servers take. */
const most = { rules: 200, conditions: 50, actions: 20, senders: 2000, emails: 20, text: 1000 } as const

export function hasEffect({ rules, forwarding, blocked }: KeptRules): boolean {
  return rules.some(({ isEnabled }) => isEnabled) || forwarding.isEnabled || blocked.senders.length > 0
}

/** badInput with `properties` and a description: what does not fit, under its path. */
export function readRules(value: unknown): KeptRules {
  const { rules, forwarding, blocked } = fields(value, 'rules')
  const { isEnabled, emails, keepsCopy } = fields(forwarding, 'forwarding')
  const { senders, target } = fields(blocked, 'blocked')
  const read = {
    rules: list(rules, 'rules', most.rules, readRule),
    forwarding: {
      isEnabled: flag(isEnabled, 'forwarding/isEnabled'),
      emails: list(emails, 'forwarding/emails', most.emails, readEmail),
      keepsCopy: flag(keepsCopy, 'forwarding/keepsCopy'),
    },
    blocked: {
      senders: list(senders, 'blocked/senders', most.senders, readSender),
      target: target === null ? null : readTarget(target, 'blocked/target'),
    },
  }
  if (read.forwarding.isEnabled && read.forwarding.emails.length === 0) throw bad('forwarding/emails', 'is empty')
  if (read.blocked.senders.length > 0 && !read.blocked.target) throw bad('blocked/target', 'is missing')
  if (new Set(read.rules.map(({ id }) => id)).size < read.rules.length) throw bad('rules', 'has an id twice')
  return read
}

function readRule(value: unknown, path: string): KeptRule {
  const { id, name, isEnabled, match, conditions, actions, stops } = fields(value, path)
  const rule = {
    id: text(id, `${path}/id`, 1),
    name: text(name, `${path}/name`, 0),
    isEnabled: flag(isEnabled, `${path}/isEnabled`),
    match: one(match, `${path}/match`, ['all', 'any'] as const),
    conditions: list(conditions, `${path}/conditions`, most.conditions, readCondition),
    actions: list(actions, `${path}/actions`, most.actions, readAction),
    stops: flag(stops, `${path}/stops`),
  }
  if (rule.actions.length === 0 && !rule.stops) throw bad(`${path}/actions`, 'is empty')
  // RFC 5429 §2.1: what is refused is neither kept nor sent on.
  if (rule.actions.length > 1 && rule.actions.some(({ type }) => type === 'reject')) {
    throw bad(`${path}/actions`, 'refuses a message and does something else with it')
  }
  return rule
}

function readCondition(value: unknown, path: string): FilterCondition {
  const given = fields(value, path)
  const field = one(given.field, `${path}/field`, [
    'from',
    'to',
    'subject',
    'listId',
    'header',
    'body',
    'size',
    'attachment',
  ] as const)
  if (field === 'size') {
    const { size } = given
    // RFC 5228 §2.4.1: numbers of 31 bits are what every server takes.
    if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > 2 ** 31 - 1) {
      throw bad(`${path}/size`, 'is no size')
    }
    return { field, op: one(given.op, `${path}/op`, ['over', 'under'] as const), size: size as number }
  }
  if (field === 'attachment') return { field, op: one(given.op, `${path}/op`, ['has', 'hasNot'] as const) }
  const ops = field === 'body' ? (['contains', 'containsNot'] as const) : textOps
  const header = field === 'header' ? text(given.header, `${path}/header`, 1) : null
  // RFC 5322 §2.2.
  if (header !== null && !/^[!-9;-~]{1,76}$/.test(header)) throw bad(`${path}/header`, 'is no header field name')
  return { field, op: one(given.op, `${path}/op`, ops), value: text(given.value, `${path}/value`, 1), header }
}
const textOps = ['contains', 'containsNot', 'is', 'isNot'] as const

function readAction(value: unknown, path: string): KeptAction {
  const given = fields(value, path)
  const type = one(given.type, `${path}/type`, ['move', 'copy', 'keyword', 'forward', 'discard', 'reject'] as const)
  switch (type) {
    case 'move':
    case 'copy':
      return { type, ...readTarget(given, path) }
    case 'keyword': {
      const keyword = text(given.keyword, `${path}/keyword`, 1)
      // RFC 8621 §4.1.1 (keywords).
      if (!/^(?![(){\]%*"\\])[!-~]+$/.test(keyword) || /[(){\]%*"\\]/.test(keyword)) {
        throw bad(`${path}/keyword`, 'is no keyword')
      }
      return { type, keyword }
    }
    case 'forward':
      return {
        type,
        email: readEmail(given.email, `${path}/email`),
        keepsCopy: flag(given.keepsCopy, `${path}/keepsCopy`),
      }
    case 'discard':
      return { type }
    case 'reject':
      return { type, reason: text(given.reason, `${path}/reason`, 1) }
  }
}

const readTarget = (value: unknown, path: string) => ({
  mailbox: text(fields(value, path).mailbox, `${path}/mailbox`, 1),
})

/** One address, bare: what stands in it cannot be taken for several, or for a name. */
const emailPattern = /^[^\s\p{Cc}@"<>()[\]\\,;:]+@[^\s\p{Cc}@"<>()[\]\\,;:]+$/u

function readEmail(value: unknown, path: string): string {
  const email = text(value, path, 3)
  if (!emailPattern.test(email)) throw bad(path, 'is no address')
  return email
}

function readSender(value: unknown, path: string): string {
  const sender = text(value, path, 2)
  if (!emailPattern.test(sender.startsWith('@') ? `x${sender}` : sender))
    throw bad(path, 'is neither address nor @domain')
  return sender
}

function bad(path: string, fault: string): Failure {
  return new Failure('badInput', { properties: [path.split('/')[0]], description: `${path} ${fault}` })
}

function fields(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(path, 'is no object')
  return value as Record<string, unknown>
}

function list<T>(value: unknown, path: string, most: number, read: (item: unknown, path: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw bad(path, 'is no list')
  if (value.length > most) throw bad(path, `has more than ${most} entries`)
  return value.map((item, at) => read(item, `${path}/${at}`))
}

function text(value: unknown, path: string, least: number): string {
  const isFit =
    typeof value === 'string' &&
    value.length >= least &&
    value.length <= most.text &&
    value.isWellFormed() &&
    !value.includes('\0')
  if (!isFit) throw bad(path, 'is no text, or too long or short')
  return value
}

function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw bad(path, 'is neither true nor false')
  return value
}

function one<const T extends string>(value: unknown, path: string, among: readonly T[]): T {
  if (!(among as readonly unknown[]).includes(value)) throw bad(path, `is none of ${among.join(', ')}`)
  return value as T
}
