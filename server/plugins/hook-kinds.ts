// The hooks by name, as far as they exist at run time: the kind of each, and what a plugin's answer must look like to be taken. An
// answer of another form is a fault of the plugin and changes nothing; members that are not named here are dropped.

import type { HookChange, HookName, HookTable } from '#plugin-api/hooks.ts'

type Accepts = (value: unknown) => boolean
type Fields = Readonly<Record<string, unknown>>

const text: Accepts = (value) => typeof value === 'string'
const flag: Accepts = (value) => typeof value === 'boolean'
const count: Accepts = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const object = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const or =
  (...kinds: readonly Accepts[]): Accepts =>
  (value) =>
    kinds.some((accepts) => accepts(value))
const none: Accepts = (value) => value === null
const optional = (accepts: Accepts): Accepts => or((value) => value === undefined, accepts)
const list =
  (accepts: Accepts): Accepts =>
  (value) =>
    Array.isArray(value) && value.every(accepts)
const map =
  (accepts: Accepts): Accepts =>
  (value) =>
    object(value) && Object.values(value).every(accepts)
const members =
  (rules: Readonly<Record<string, Accepts>>): Accepts =>
  (value) =>
    object(value) && Object.entries(rules).every(([name, accepts]) => accepts(value[name]))

const server = members({
  host: text,
  port: count,
  tls: or(
    ...['implicit', 'starttls', 'none'].map(
      (mode): Accepts =>
        (value) =>
          value === mode,
    ),
  ),
  pinnedSha256: optional(text),
})
const ids = optional(list(text))
const emailChange = members({
  id: text,
  addMailboxes: ids,
  removeMailboxes: ids,
  addKeywords: ids,
  removeKeywords: ids,
})
const addresses = or(none, list(members({ name: or(none, text), email: text })))
const emails = list(members({ id: text }))
// A field that could end the header or begin another is none.
const field: Accepts = (value) =>
  Array.isArray(value) &&
  value.length === 2 &&
  /^[\x21-\x39\x3b-\x7e]{1,76}$/.test(String(value[0])) &&
  typeof value[1] === 'string' &&
  /^[\x20-\x7e]{0,900}$/.test(value[1])

type Rules<Name extends HookName> = HookTable[Name]['kind'] extends 'after'
  ? { readonly kind: 'after' }
  : {
      readonly kind: HookTable[Name]['kind']
      readonly change: { readonly [Member in keyof HookChange<Name>]: Accepts }
    }

export const hookKinds: { readonly [Name in HookName]: Rules<Name> } = {
  'node.started': { kind: 'after' },
  'node.check': { kind: 'before', change: {} },
  'request.method': { kind: 'before', change: {} },
  'session.signIn': { kind: 'before', change: { username: text, remember: flag } },
  'session.signedIn': { kind: 'after' },
  'session.signInFailed': { kind: 'after' },
  'session.ended': { kind: 'after' },
  'account.created': { kind: 'after' },
  'mailServer.route': {
    kind: 'shape',
    change: { login: text, imap: server, smtp: server, sieve: or(none, server) },
  },
  'mailbox.list': {
    kind: 'shape',
    change: { looks: map(members({ name: optional(text), isSubscribed: optional(flag) })) },
  },
  'quota.read': {
    kind: 'shape',
    change: { quotas: list(members({ root: text, resource: text, used: count, limit: count })) },
  },
  'email.query': { kind: 'before', change: { filter: or(none, object) } },
  'email.list': { kind: 'shape', change: { emails } },
  'email.read': { kind: 'shape', change: { emails } },
  'blob.download': { kind: 'before', change: {} },
  'image.load': { kind: 'before', change: {} },
  'email.change': { kind: 'before', change: { changes: list(emailChange) } },
  'email.changed': { kind: 'after' },
  'email.destroy': { kind: 'before', change: {} },
  'email.destroyed': { kind: 'after' },
  'email.create': { kind: 'before', change: { mailboxIds: list(text), keywords: list(text) } },
  'email.created': { kind: 'after' },
  'message.beforeSend': { kind: 'before', change: {} },
  'message.outgoing': {
    kind: 'before',
    change: { texts: list(members({ part: text, type: text, text })), addHeaders: list(field) },
  },
  'message.sent': { kind: 'after' },
  'message.sendFailed': { kind: 'after' },
  'upload.begin': { kind: 'before', change: { type: text, maxBytes: count } },
  'upload.check': { kind: 'before', change: {} },
  'settings.save': { kind: 'before', change: { value: object } },
  'settings.saved': { kind: 'after' },
  'mailbox.create': { kind: 'before', change: { name: text, parentId: or(none, text) } },
  'mailbox.update': {
    kind: 'before',
    change: { name: text, parentId: or(none, text), isSubscribed: flag },
  },
  'mailbox.destroy': { kind: 'before', change: {} },
  'identity.save': {
    kind: 'before',
    change: { name: text, email: text, replyTo: addresses, bcc: addresses, textSignature: text, htmlSignature: text },
  },
  'identity.destroy': { kind: 'before', change: {} },
  'template.save': { kind: 'before', change: { name: text } },
  'template.destroy': { kind: 'before', change: {} },
  'request.answer': { kind: 'shape', change: { answer: object } },
}

/** The members of an answer that may be taken; null when one of them is not what it must be. */
export function readChange(name: HookName, answer: Fields): Fields | null {
  const rules = hookKinds[name]
  if (rules.kind === 'after') return {}
  const change: Record<string, unknown> = {}
  for (const [member, accepts] of Object.entries(rules.change as Record<string, Accepts>)) {
    const value = answer[member]
    if (value === undefined) continue
    if (!accepts(value)) return null
    change[member] = value
  }
  return change
}
