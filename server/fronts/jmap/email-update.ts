// The updates of Email/set (RFC 8621 §4.6): patches of `keywords` and `mailboxIds`, whole or by member, against what each message
// has now. All else of an Email is immutable: given with the value it has it is let be (RFC 8620 §5.3).

import { isDeepStrictEqual } from 'node:util'
import { Failure } from '#core/errors.ts'
import type { EmailPlace, Mail } from '#domain/mail/index.ts'
import { invalidNames } from './email-create-object.ts'
import { type PlaceContext, readKeywords, readMailboxIds } from './email-place.ts'
import { isEmailProperty, viewOf } from './email-properties.ts'
import { SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import type { MethodCall } from './method.ts'
import { applyPatch, parsePointer } from './patch.ts'

type Fields = Readonly<Record<string, unknown>>

export interface PlannedUpdate {
  readonly id: string
  /** Null when the patch changes nothing. */
  readonly change: Parameters<Mail['changeEmails']>[1][number] | null
  /** What became of the patch other than asked: keywords are lower case. */
  readonly told: Record<string, unknown> | null
}

const asMap = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]))

export async function planUpdates(
  mail: Mail,
  call: MethodCall,
  context: PlaceContext,
  patches: ReadonlyMap<string, Fields>,
  destroy: readonly string[],
  failed: (id: string, error: unknown) => void,
): Promise<readonly PlannedUpdate[]> {
  const resolved = new Map([...patches].map(([key, patch]) => [resolveReference(call.createdIds, key), patch]))
  const places = await mail.places(call.caller, [...resolved.keys()])
  const plans: PlannedUpdate[] = []
  for (const [id, patch] of resolved) {
    try {
      // RFC 8620 §5.3.
      if (destroy.includes(id)) throw new SetFailure('willDestroy')
      const place = places.get(id)
      if (!place) throw new Failure('notFound', { id })
      await assertImmutable(mail, call, id, patch)
      plans.push(planUpdate(context, id, place, patch))
    } catch (error) {
      failed(id, error)
    }
  }
  return plans
}

async function assertImmutable(mail: Mail, call: MethodCall, id: string, patch: Fields): Promise<void> {
  const others = Object.keys(patch).filter((key) => !/^(keywords|mailboxIds)(\/|$)/.test(key))
  if (others.length === 0) return
  const known = others.filter(isEmailProperty)
  const { list } = known.length > 0 ? await mail.emails(call.caller, [id], viewOf(known)) : { list: [] }
  const current = list[0] ?? {}
  const wrong = others.filter(
    (name) => !known.includes(name) || !isDeepStrictEqual((current as Fields)[name], patch[name]),
  )
  if (wrong.length > 0) throw invalidNames(wrong)
}

/** References to mailboxes made in the same request (RFC 8620 §5.3), in a patch's values and in its pointers. */
function resolvePatch(context: PlaceContext, patch: Fields): Fields {
  const entries = Object.entries(patch).flatMap(([key, value]): [string, unknown][] => {
    const path = parsePointer(key)
    if (path[0] !== 'keywords' && path[0] !== 'mailboxIds') return []
    if (path[0] === 'mailboxIds' && path.length === 2) {
      return [[`mailboxIds/${resolveReference(context.createdIds, path[1]!)}`, value]]
    }
    return [[key, value]]
  })
  return Object.fromEntries(entries)
}

function planUpdate(
  context: PlaceContext,
  id: string,
  place: Omit<EmailPlace, 'receivedAt'>,
  patch: Fields,
): PlannedUpdate {
  const before = { keywords: asMap(place.keywords), mailboxIds: asMap(place.mailboxIds) }
  const lowered = lowerKeywords(resolvePatch(context, patch))
  const after = applyPatch<Fields>(before, lowered.patch, { keywords: {} })
  const keywords = readKeywords(after.keywords, context)
  const mailboxIds = readMailboxIds(after.mailboxIds, context)
  const wrong = [...(keywords ? [] : ['keywords']), ...(mailboxIds ? [] : ['mailboxIds'])]
  if (!keywords || !mailboxIds) throw invalidNames(wrong)
  const change = {
    id,
    ...difference(place.keywords, keywords, 'addKeywords', 'removeKeywords'),
    ...difference(place.mailboxIds, mailboxIds, 'addMailboxes', 'removeMailboxes'),
  }
  assertRights(context, place, change)
  return {
    id,
    change: Object.keys(change).length > 1 ? change : null,
    told: lowered.isChanged ? { keywords: asMap(keywords) } : null,
  }
}

/** `keywords/$Seen` means the `$seen` that is there. */
function lowerKeywords(patch: Fields): { readonly patch: Fields; readonly isChanged: boolean } {
  let isChanged = false
  const entries = Object.entries(patch).map(([key, value]): [string, unknown] => {
    const isMember = key.startsWith('keywords/')
    const lower = isMember ? key.toLowerCase() : key
    const whole = key === 'keywords' && typeof value === 'object' && value !== null ? Object.keys(value) : []
    if (lower !== key || whole.some((keyword) => keyword !== keyword.toLowerCase())) isChanged = true
    return [lower, value]
  })
  return { patch: Object.fromEntries(entries), isChanged }
}

function difference<Add extends string, Remove extends string>(
  before: readonly string[],
  after: readonly string[],
  add: Add,
  remove: Remove,
): Partial<Record<Add | Remove, readonly string[]>> {
  const added = after.filter((name) => !before.includes(name))
  const removed = before.filter((name) => !after.includes(name))
  return {
    ...(added.length > 0 && { [add]: added }),
    ...(removed.length > 0 && { [remove]: removed }),
  } as unknown as Partial<Record<Add | Remove, readonly string[]>>
}

/** RFC 8621 §2 (MailboxRights): what may be done with an Email must be allowed in each of its mailboxes. */
function assertRights(
  context: PlaceContext,
  place: Omit<EmailPlace, 'receivedAt'>,
  change: Readonly<Record<string, unknown>>,
): void {
  const may = (ids: unknown, right: 'mayAddItems' | 'mayRemoveItems' | 'maySetSeen' | 'maySetKeywords') => {
    for (const id of (ids as readonly string[] | undefined) ?? []) {
      if (context.rights.get(id)?.[right] === false) throw new SetFailure('forbidden')
    }
  }
  may(change.addMailboxes, 'mayAddItems')
  may(change.removeMailboxes, 'mayRemoveItems')
  const keywords = [change.addKeywords, change.removeKeywords].flatMap((list) => (list as string[] | undefined) ?? [])
  if (keywords.includes('$seen')) may(place.mailboxIds, 'maySetSeen')
  if (keywords.some((keyword) => keyword !== '$seen')) may(place.mailboxIds, 'maySetKeywords')
}
