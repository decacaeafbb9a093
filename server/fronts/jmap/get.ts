// The standard /get and /changes (RFC 8620 §5.1, §5.2): reading their arguments, shaping their answers.

import type { ChangesResponse, GetResponse } from '#shared/jmap/core.ts'
import { type Arguments, invalid, listOf, nullable, reference, string, unsignedInt } from './arguments.ts'
import { type MethodCall, MethodError } from './method.ts'

export interface GetArguments {
  /** Without repetitions; `#` references resolved where known. Null means all. */
  readonly ids: readonly string[] | null
  /** With `id`; null means the type's own choice. */
  readonly properties: ReadonlySet<string> | null
}

/** Reads `ids` and `properties`. `isProperty` says which names the type has; another is invalidArguments. */
export function readGet(
  call: Pick<MethodCall, 'limits' | 'createdIds'>,
  args: Arguments,
  isProperty: (name: string) => boolean,
): GetArguments {
  const ids = args.optional('ids', nullable(listOf(reference)), null)
  const properties = args.optional('properties', nullable(listOf(string)), null)
  const unknown = properties?.find((name) => !isProperty(name))
  if (unknown !== undefined) throw invalid(`no such property: ${unknown.slice(0, 100)}`, 'properties')
  // RFC 8620 §5.1: «If an identical id is included more than once in the request, the server MUST only include it once».
  const once = ids && [...new Set(ids.map((id) => resolveReference(call.createdIds, id)))]
  if (once) assertGetSize(call, once.length)
  return { ids: once, properties: properties && new Set(['id', ...properties]) }
}

/** RFC 8620 §5.1: requestTooLarge; also when `ids` is null and there are more of them. */
export function assertGetSize(call: Pick<MethodCall, 'limits'>, count: number): void {
  const { maxObjectsInGet } = call.limits
  if (count > maxObjectsInGet)
    throw new MethodError('requestTooLarge', { description: `at most ${maxObjectsInGet} ids` })
}

/** `#` and a creation id of this request becomes the id (RFC 8620 §5.3); anything else stays as it is. */
export function resolveReference(createdIds: ReadonlyMap<string, string>, id: string): string {
  return id.startsWith('#') ? (createdIds.get(id.slice(1)) ?? id) : id
}

/** Only the asked properties of each; what was asked by id and is not in `list` is `notFound`. */
export function getResponse<T extends { readonly id: string }>(
  accountId: string,
  state: string,
  list: readonly T[],
  get: GetArguments,
): Readonly<Record<string, unknown>> & GetResponse<Partial<T>> {
  const found = new Map(list.map((item) => [item.id, item]))
  const ids = get.ids ?? [...found.keys()]
  return {
    accountId,
    state,
    list: ids.flatMap((id) => {
      const item = found.get(id)
      return item ? [pickProperties(item, get.properties)] : []
    }),
    notFound: ids.filter((id) => !found.has(id)),
  }
}

export function pickProperties<T extends object>(item: T, properties: ReadonlySet<string> | null): Partial<T> {
  if (!properties) return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => properties.has(name))) as Partial<T>
}

export interface ChangesArguments {
  readonly sinceState: string
  readonly maxChanges: number | null
}

export function readChanges(args: Arguments): ChangesArguments {
  return { sinceState: args.required('sinceState', string), maxChanges: readMaxChanges(args) }
}

/** RFC 8620 §5.2, §5.6: «If supplied by the client, the value MUST be a positive integer greater than 0». */
export function readMaxChanges(args: Arguments): number | null {
  const maxChanges = args.optional('maxChanges', nullable(unsignedInt), null)
  if (maxChanges === 0) throw invalid('maxChanges must be greater than 0', 'maxChanges')
  return maxChanges
}

export function changesResponse(
  accountId: string,
  oldState: string,
  changes: {
    readonly newState: string
    readonly hasMore: boolean
    readonly created: readonly string[]
    readonly updated: readonly string[]
    readonly destroyed: readonly string[]
  },
): Readonly<Record<string, unknown>> & ChangesResponse {
  const { newState, hasMore, created, updated, destroyed } = changes
  return { accountId, oldState, newState, hasMoreChanges: hasMore, created, updated, destroyed }
}
