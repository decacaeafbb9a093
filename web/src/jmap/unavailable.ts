// What of an answer is to be asked for again: method calls, and items of a /set, that a server behind ours had no time for (RFC 8620
// §3.6.2, serverUnavailable). Pure. What may be repeated at all: docs/adr/2026-11-22-what-is-repeated.md.

import type { Invocation, SetError, SetResponse } from '#shared/jmap/core.ts'

export interface Asked {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  readonly callId: string
}

export type Answers = ReadonlyMap<string, Invocation>

type AnySetResponse = SetResponse<Record<string, unknown>>
type Refused = Readonly<Record<string, SetError>> | null | undefined

export function isReading({ name }: Pick<Asked, 'name'>): boolean {
  return /\/(get|query|changes|queryChanges)$/.test(name)
}

/** Reads are; patches, destructions and leaving a mailing list are the same said once or twice; a creation would create twice. */
export function isRepeatable({ name, args }: Pick<Asked, 'name' | 'args'>): boolean {
  if (isReading({ name }) || name.endsWith('/unsubscribe')) return true
  return name.endsWith('/set') && Object.keys((args.create as object | null | undefined) ?? {}).length === 0
}

/**
 * The calls to send again, in their order: those that were unavailable, with all that they refer to and all that refers to it, since a
 * reference holds within one request alone (§3.7), and its two ends are to be of one moment. A /set of which single items were
 * unavailable is asked for these.
 *
 * @param mayRepeat whether any of this batch may be repeated; by default each is judged by what it does.
 */
export function toRepeat<C extends Asked>(
  batch: readonly C[],
  answers: Answers,
  mayRepeat: boolean | undefined,
): readonly { readonly call: C; readonly args: Asked['args'] }[] {
  const again = new Map<C, Asked['args']>()
  for (const linked of linkedCalls(batch)) {
    const [call] = linked
    if (linked.some(({ callId }) => isUnavailable(answers.get(callId)))) {
      if (linked.every((one) => mayRepeat ?? isRepeatable(one))) for (const one of linked) again.set(one, one.args)
    } else if (call && linked.length === 1 && mayRepeat !== false) {
      const args = argsOfRest(call, answers.get(call.callId), mayRepeat === true)
      if (args) again.set(call, args)
    }
  }
  return batch.flatMap((call) => {
    const args = again.get(call)
    return args ? [{ call, args }] : []
  })
}

/** How long a method that was unavailable wants to be left alone, in seconds (docs/jmap-extensions.md); the longest of all. */
export function retryAfterOf(answers: Answers): string | null {
  const seconds = [...answers.values()].flatMap((answer) =>
    isUnavailable(answer) && typeof answer?.[1].retryAfter === 'number' ? [answer[1].retryAfter] : [],
  )
  return seconds.length > 0 ? String(Math.max(...seconds)) : null
}

function isUnavailable(answer: Invocation | undefined): boolean {
  return answer?.[0] === 'error' && answer[1].type === 'serverUnavailable'
}

/** The calls of a batch, those that hang together by references in one list. */
function linkedCalls<C extends Asked>(batch: readonly C[]): readonly (readonly C[])[] {
  let lists: (readonly C[])[] = []
  for (const call of batch) {
    const to = new Set(
      Object.entries(call.args).flatMap(([name, value]) =>
        name.startsWith('#') ? [(value as { readonly resultOf: string }).resultOf] : [],
      ),
    )
    const isLinked = (list: readonly C[]) => list.some(({ callId }) => to.has(callId))
    lists = [...lists.filter((list) => !isLinked(list)), [...lists.filter(isLinked).flat(), call]]
  }
  return lists
}

/** The arguments that ask for what was unavailable alone; null when there is no such item. */
function argsOfRest({ name, args }: Asked, answer: Invocation | undefined, mayCreate: boolean): Asked['args'] | null {
  // With a condition on the state nothing can be asked for again: what was done has changed it.
  if (!name.endsWith('/set') || answer?.[0] !== name || args.ifInState) return null
  const { notCreated, notUpdated, notDestroyed } = answer[1] as unknown as AnySetResponse
  const create = mayCreate ? pick(args.create, notCreated) : {}
  const update = pick(args.update, notUpdated)
  const destroy = Object.keys(onlyUnavailable(notDestroyed, true))
  if (Object.keys(create).length + Object.keys(update).length + destroy.length === 0) return null
  return { ...args, create, update, destroy }
}

function pick(asked: unknown, refused: Refused): Record<string, unknown> {
  const unavailable = onlyUnavailable(refused, true)
  const entries = Object.entries((asked as object | null | undefined) ?? {})
  return Object.fromEntries(entries.filter(([id]) => Object.hasOwn(unavailable, id)))
}

function onlyUnavailable(refused: Refused, isWanted: boolean): Record<string, SetError> {
  const entries = Object.entries(refused ?? {})
  return Object.fromEntries(entries.filter(([, { type }]) => (type === 'serverUnavailable') === isWanted))
}

/** One answer of two: of the whole, and later of the items that were unavailable then. */
export function mergeSetAnswers(
  whole: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const [a, b] = [whole, rest] as unknown as [AnySetResponse, AnySetResponse]
  const orNull = <T extends object>(all: T): T | null => (Object.keys(all).length > 0 ? all : null)
  return {
    ...b,
    oldState: a.oldState,
    created: orNull({ ...a.created, ...b.created }),
    updated: orNull({ ...a.updated, ...b.updated }),
    destroyed: orNull([...(a.destroyed ?? []), ...(b.destroyed ?? [])]),
    notCreated: orNull({ ...onlyUnavailable(a.notCreated, false), ...b.notCreated }),
    notUpdated: orNull({ ...onlyUnavailable(a.notUpdated, false), ...b.notUpdated }),
    notDestroyed: orNull({ ...onlyUnavailable(a.notDestroyed, false), ...b.notDestroyed }),
  }
}
