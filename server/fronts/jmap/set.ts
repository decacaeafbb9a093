// The standard /set (RFC 8620 §5.3): reading its arguments, creation references, and the fate of each item. `runSet` suits types
// whose items are done one by one; a type that works in batches (Email) reads with `readSet` and fills a `SetOutcomes` itself.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { isId } from '#shared/ids.ts'
import type { PatchObject, SetError } from '#shared/jmap/core.ts'
import { type Arguments, invalid, listOf, mapOf, nullable, object, reference, string } from './arguments.ts'
import { endsTheSession, SetFailure, toSetError } from './errors.ts'
import { resolveReference } from './get.ts'
import { type MethodCall, MethodError } from './method.ts'

type Fields = Record<string, unknown>

export interface SetPlan {
  readonly ifInState: string | null
  /** By creation id, in the order of the request. */
  readonly create: ReadonlyMap<string, Fields>
  /** By id, `#` references to earlier calls resolved; those to this very call are resolved by `resolveReference` when done. */
  readonly update: ReadonlyMap<string, PatchObject>
  readonly destroy: readonly string[]
}

export function readSet(call: Pick<MethodCall, 'limits' | 'createdIds'>, args: Arguments): SetPlan {
  const ifInState = args.optional('ifInState', nullable(string), null)
  const create = readCreations(args)
  const update = args.optional('update', nullable(mapOf(object)), null) ?? {}
  const destroy = args.optional('destroy', nullable(listOf(reference)), null) ?? []
  assertSetSize(call, create.size + Object.keys(update).length + destroy.length)
  return {
    ifInState,
    create,
    update: new Map(Object.entries(update).map(([id, patch]) => [resolveReference(call.createdIds, id), patch])),
    destroy: [...new Set(destroy.map((id) => resolveReference(call.createdIds, id)))],
  }
}

/** `create` alone, of a method that does nothing else (Blob/upload, Email/import). */
export function readCreate(call: Pick<MethodCall, 'limits'>, args: Arguments): ReadonlyMap<string, Fields> {
  const create = readCreations(args)
  assertSetSize(call, create.size)
  return create
}

function readCreations(args: Arguments): ReadonlyMap<string, Fields> {
  const create = args.optional('create', nullable(mapOf(object)), null) ?? {}
  if (!Object.keys(create).every(isId)) throw invalid('a creation id must be an Id', 'create')
  return new Map(Object.entries(create))
}

/** RFC 8620 §5.3: requestTooLarge. */
export function assertSetSize(call: Pick<MethodCall, 'limits'>, count: number): void {
  const { maxObjectsInSet } = call.limits
  if (count > maxObjectsInSet)
    throw new MethodError('requestTooLarge', { description: `at most ${maxObjectsInSet} objects` })
}

/** RFC 8620 §5.3: «If supplied, the string must match the current state; otherwise, the method will be aborted». */
export function assertState(plan: Pick<SetPlan, 'ifInState'>, state: string): void {
  if (plan.ifInState !== null && plan.ifInState !== state) throw new MethodError('stateMismatch')
}

/** The fates of a /set's items, and its answer. */
export interface SetOutcomes {
  /** Notes the id for later references; `object` holds the id and what the server set or changed. */
  created(creationId: string, object: Fields & { readonly id: string }): void
  /** `object`: what changed beyond what the client asked for, or null. */
  updated(id: string, object?: Fields | null): void
  destroyed(id: string): void
  /** Turns what was thrown into a SetError. Throws it on when the whole request has to end. */
  failed(kind: 'create' | 'update' | 'destroy', id: string, error: unknown): void
  response(accountId: string, oldState: string | null, newState: string): Fields
}

export function openSetOutcomes(call: Pick<MethodCall, 'createdIds'>, log: Log): SetOutcomes {
  // Maps, since `__proto__` is a valid creation id.
  const created = new Map<string, Fields>()
  const updated = new Map<string, Fields | null>()
  const destroyed: string[] = []
  const failed = { create: new Map(), update: new Map(), destroy: new Map<string, SetError>() }
  return {
    created(creationId, fields) {
      created.set(creationId, fields)
      call.createdIds.set(creationId, fields.id)
    },
    updated(id, fields = null) {
      updated.set(id, fields)
    },
    destroyed(id) {
      destroyed.push(id)
    },
    failed(kind, id, error) {
      if (endsTheSession(error) || isFailure(error, 'canceled')) throw error
      failed[kind].set(id, toSetError(error, log))
    },
    response(accountId, oldState, newState) {
      return {
        accountId,
        oldState,
        newState,
        created: orNull(created),
        updated: orNull(updated),
        destroyed: destroyed.length > 0 ? destroyed : null,
        notCreated: orNull(failed.create),
        notUpdated: orNull(failed.update),
        notDestroyed: orNull(failed.destroy),
      }
    },
  }
}

const orNull = <T>(map: ReadonlyMap<string, T>): Record<string, T> | null =>
  map.size > 0 ? Object.fromEntries(map) : null

export interface SetVerbs {
  /** `isConfirmed`: of what is compared with `ifInState`. */
  state(isConfirmed?: boolean): Promise<string>
  /** Properties that may hold `#` references to other creations of this call: those are created first. */
  readonly references?: readonly string[]
  /** Gives the id and what the server set. Absent: the type cannot be created (`forbidden`). */
  create?(fields: Fields, creationId: string): Promise<Fields & { readonly id: string }>
  update?(id: string, patch: PatchObject): Promise<Fields | null | undefined>
  destroy?(id: string): Promise<void>
}

/** RFC 8620 §5.3: creates, then updates, then destroys, each on its own. */
export async function runSet(call: MethodCall, plan: SetPlan, verbs: SetVerbs, log: Log): Promise<Fields> {
  const oldState = await verbs.state(plan.ifInState !== null)
  assertState(plan, oldState)
  const outcomes = openSetOutcomes(call, log)
  const forbidden = () => new SetFailure('forbidden')
  for (const [creationId, fields] of inOrderOfReference(plan.create, verbs.references ?? [])) {
    try {
      if (!verbs.create) throw forbidden()
      outcomes.created(creationId, await verbs.create(fields, creationId))
    } catch (error) {
      outcomes.failed('create', creationId, error)
    }
  }
  const destroy = plan.destroy.map((id) => resolveReference(call.createdIds, id))
  for (const [key, patch] of plan.update) {
    const id = resolveReference(call.createdIds, key)
    try {
      if (destroy.includes(id)) throw new SetFailure('willDestroy')
      if (!verbs.update) throw forbidden()
      outcomes.updated(id, await verbs.update(id, patch))
    } catch (error) {
      outcomes.failed('update', id, error)
    }
  }
  for (const id of destroy) {
    try {
      if (!verbs.destroy) throw forbidden()
      await verbs.destroy(id)
      outcomes.destroyed(id)
    } catch (error) {
      outcomes.failed('destroy', id, error)
    }
  }
  return outcomes.response(call.caller.account, oldState, await verbs.state())
}

/** A map has no order: what is referred to comes first (RFC 8620 §5.3). A circle stays as it is, and will not resolve. */
export function inOrderOfReference(
  create: ReadonlyMap<string, Fields>,
  properties: readonly string[],
): readonly (readonly [string, Fields])[] {
  const order: (readonly [string, Fields])[] = []
  const entered = new Set<string>()
  // Iterative, depth first: a chain of 500 references must not be a stack of 500 frames of ours.
  for (const first of create.keys()) {
    const pending = [{ creationId: first, leave: false }]
    for (let step = pending.pop(); step; step = pending.pop()) {
      const { creationId, leave } = step
      const fields = create.get(creationId)
      if (!fields) continue
      if (leave) order.push([creationId, fields])
      if (leave || entered.has(creationId)) continue
      entered.add(creationId)
      pending.push({ creationId, leave: true })
      for (const property of properties) {
        const value = fields[property]
        if (typeof value === 'string' && value.startsWith('#'))
          pending.push({ creationId: value.slice(1), leave: false })
      }
    }
  }
  return order
}
