// Mailbox/set: RFC 8621 §2.5. Shapes and types here; names, places, roles and rights are domain/mail's.

import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Mail, MailboxUpdate, NewMailbox } from '#domain/mail/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import type { Mailbox, MailboxRole } from '#shared/jmap/mail.ts'
import { boolean, type Kind, nullable, oneOf, readArguments, string, unsignedInt } from './arguments.ts'
import { SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import { mailboxProperties } from './mailbox-get.ts'
import type { Method, MethodCall } from './method.ts'
import { applyPatch } from './patch.ts'
import { readSet, runSet } from './set.ts'

type Fields = Record<string, unknown>

const roles = oneOf<MailboxRole>(
  'all',
  'archive',
  'drafts',
  'flagged',
  'important',
  'inbox',
  'junk',
  'sent',
  'subscribed',
  'trash',
  'scheduled',
  'snoozed',
  'memos',
)

/** RFC 8620 §1.3 sets the upper end of UnsignedInt; §2 of RFC 8621 that of sortOrder. */
const sortOrderKind: Kind<number> = {
  name: 'UnsignedInt',
  accepts: (value): value is number => unsignedInt.accepts(value) && value < 2 ** 31,
}

const settable: Readonly<Record<string, Kind<unknown>>> = {
  name: string,
  parentId: nullable(string),
  role: nullable(roles),
  sortOrder: sortOrderKind,
  isSubscribed: boolean,
}

const defaults = { parentId: null, role: null, sortOrder: 0, isSubscribed: false }

export interface MailboxSetDeps {
  readonly mail: Pick<Mail, 'mailboxes' | 'mailboxState' | 'createMailbox' | 'updateMailbox' | 'destroyMailbox'>
  readonly log: Log
}

export function mailboxSet({ mail, log }: MailboxSetDeps): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      const removeEmails = args.optional('onDestroyRemoveEmails', boolean, false)
      args.finish()
      const { caller } = call
      const one = async (id: string) => {
        const { list } = await mail.mailboxes(caller, { threads: true })
        return list.find((mailbox) => mailbox.id === id) ?? null
      }
      const destroy = plan.destroy.length > 1 ? await childrenFirst(mail, call, plan.destroy) : plan.destroy
      return runSet(
        call,
        { ...plan, destroy },
        {
          state: (isConfirmed) => mail.mailboxState(caller, isConfirmed),
          references: ['parentId'],
          async create(fields) {
            const mailbox = readNewMailbox(call, fields)
            const id = await mail.createMailbox(caller, mailbox)
            return createdMailbox(fields, (await one(id)) ?? { id })
          },
          async update(id, patch) {
            const current = await one(id)
            if (!current) throw new Failure('notFound', { id })
            const change = readUpdate(call, current, patch)
            await mail.updateMailbox(caller, id, change)
            // RFC 8621 §2 (name): Net-Unicode; what we made of it is told.
            const name = change.name?.normalize('NFC')
            return name !== undefined && name !== change.name ? { name } : null
          },
          destroy: (id) => mail.destroyMailbox(caller, id, removeEmails),
        },
        log,
      )
    },
  }
}

function invalidNames(names: readonly string[]): SetFailure {
  return new SetFailure('invalidProperties', { properties: names })
}

/** What a new mailbox has of itself: given along with the rest, these values are no fault. */
const ofItself: Fields = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }

function readNewMailbox(call: MethodCall, fields: Fields): NewMailbox {
  const wrong: string[] = []
  const mailbox: Fields = { ...defaults }
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(settable, name)) {
      if (settable[name]!.accepts(value)) mailbox[name] = value
      else wrong.push(name)
    } else if (name === 'myRights') wrong.push(...wrongRights(value))
    else if (!Object.hasOwn(ofItself, name) || ofItself[name] !== value) wrong.push(name)
  }
  if (!Object.hasOwn(fields, 'name')) wrong.push('name')
  if (wrong.length > 0) throw invalidNames(wrong)
  return { ...(mailbox as unknown as NewMailbox), parentId: resolveParent(call, mailbox.parentId as string | null) }
}

/** RFC 8620 §5.3: server-set properties are the server's; in the one way that a new mailbox is known to have them they are let be. */
function wrongRights(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return ['myRights']
  return Object.entries(value).flatMap(([right, given]) => (given === true ? [] : [`myRights/${right}`]))
}

function resolveParent(call: MethodCall, parentId: string | null): string | null {
  if (parentId === null) return null
  const id = resolveReference(call.createdIds, parentId)
  if (id.startsWith('#')) throw invalidNames(['parentId'])
  return id
}

/** RFC 8620 §5.3: «the id … and any properties that were not sent by the client», so that it knows the whole object. */
function createdMailbox(fields: Fields, mailbox: Partial<Mailbox> & { readonly id: string }): Fields & { id: string } {
  const told = Object.entries(mailbox).filter(([name, value]) => name === 'id' || !isSame(fields[name], value))
  return { ...Object.fromEntries(told), id: mailbox.id }
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

function readUpdate(call: MethodCall, current: Mailbox, patch: PatchObject): MailboxUpdate {
  const next = applyPatch<Fields>({ ...current }, patch, defaults)
  const change: Fields = {}
  const wrong: string[] = []
  for (const name of new Set([...Object.keys(next), ...mailboxProperties])) {
    const [before, after] = [(current as unknown as Fields)[name], next[name]]
    if (isSame(before, after)) continue
    if (name === 'myRights') wrong.push(...changedRights(before as Fields, after))
    else if (!Object.hasOwn(settable, name) || !settable[name]!.accepts(after)) wrong.push(name)
    else change[name] = after
  }
  if (wrong.length > 0) throw invalidNames(wrong)
  if (change.parentId !== undefined) change.parentId = resolveParent(call, change.parentId as string | null)
  return change as MailboxUpdate
}

function changedRights(before: Fields, after: unknown): readonly string[] {
  if (typeof after !== 'object' || after === null) return ['myRights']
  return Object.entries(after).flatMap(([right, value]) => (before[right] === value ? [] : [`myRights/${right}`]))
}

/** A parent and its children may be destroyed by one call: the children go first. */
async function childrenFirst(
  mail: MailboxSetDeps['mail'],
  call: MethodCall,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { list } = await mail.mailboxes(call.caller, { threads: false })
  const parents = new Map(list.map((mailbox) => [mailbox.id, mailbox.parentId]))
  const depth = (id: string) => {
    let levels = 0
    for (let at = parents.get(id) ?? null; at !== null && levels < list.length; at = parents.get(at) ?? null) levels++
    return levels
  }
  return [...ids].sort((a, b) => depth(b) - depth(a))
}
