// Rules, forwarding and blocked senders, in our script. Clients know mailboxes by id, scripts by name: here one becomes the other.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { type KeptRules, readRules } from '#formats/sieve/filter-rules.ts'
import type { FilterTarget } from '#shared/jmap/filters.ts'
import { changeOurScript, type Found, findOurScript, stateOf } from './our-script.ts'
import { type SieveDeps, withSieve } from './sieve-session.ts'
import type { Rules, RulesContent } from './types.ts'

export interface RulesDeps extends SieveDeps {
  /** The account's mailboxes: id to the mail server's own name. */
  mailboxPaths(caller: Caller): Promise<ReadonlyMap<string, string>>
}

export function openRules(deps: RulesDeps): Rules {
  return {
    get: (caller) =>
      withSieve(deps, caller, async (session) => {
        const content = toContent(await findOurScript(session), await deps.mailboxPaths(caller))
        return { content, state: stateOf(content) }
      }),
    change: (caller, change) =>
      withSieve(deps, caller, async (session) => {
        const paths = await deps.mailboxPaths(caller)
        await changeOurScript(session, caller, async (before) => {
          const rules = readRules(named(change(toContent(before, paths)), paths))
          assertRedirects(rules, caller, session.info.maxRedirects)
          return { ours: { vacation: before.ours.vacation, rules }, activates: true }
        })
      }),
  }
}

function toContent({ ours, isActive, active }: Found, paths: ReadonlyMap<string, string>): RulesContent {
  const ids = new Map([...paths].map(([id, path]) => [path, id]))
  const targeted = <T extends { readonly mailbox: string }>(target: T) => ({
    ...target,
    mailboxId: ids.get(target.mailbox) ?? null,
  })
  const { rules, forwarding, blocked } = ours.rules
  return {
    isActive,
    include: isActive ? ours.include : active,
    rules: rules.map((rule) => ({
      ...rule,
      actions: rule.actions.map((action) => ('mailbox' in action ? targeted(action) : action)),
    })),
    forwarding,
    blocked: { ...blocked, target: blocked.target && targeted(blocked.target) },
  }
}

/** With the names that ids stand for. What comes from a client is not trusted to have any form: `readRules` says. */
function named(content: unknown, paths: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(content)) return content.map((item) => named(item, paths))
  if (typeof content !== 'object' || content === null) return content
  const { mailboxId } = content as Partial<FilterTarget>
  const fields = Object.fromEntries(Object.entries(content).map(([name, value]) => [name, named(value, paths)]))
  if (typeof mailboxId !== 'string') return fields
  const mailbox = paths.get(mailboxId)
  if (mailbox === undefined) throw new Failure('badInput', { properties: ['rules'], description: 'No such mailbox.' })
  return { ...fields, mailbox }
}

function assertRedirects({ rules, forwarding }: KeptRules, caller: Caller, most: number | null): void {
  const forwards = rules.filter(({ isEnabled }) => isEnabled).flatMap(({ actions }) => actions)
  const emails = [
    ...(forwarding.isEnabled ? forwarding.emails : []),
    ...forwards.flatMap((action) => (action.type === 'forward' ? [action.email] : [])),
  ].map((email) => email.toLowerCase())
  if (emails.includes(caller.address.toLowerCase())) {
    throw new Failure('badInput', {
      properties: ['forwarding'],
      description: 'Mail cannot be forwarded to the address that it came to.',
    })
  }
  // RFC 5228 §2.10.4: one redirect too many ends the script, and with it every rule after.
  if (most !== null && forwarding.isEnabled && new Set(forwarding.emails).size > most) {
    throw new Failure('badInput', {
      properties: ['forwarding'],
      description: `The mail server forwards a message to at most ${most} addresses.`,
    })
  }
}
