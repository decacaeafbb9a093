// The standard /query and /queryChanges (RFC 8620 §5.5, §5.6): reading their arguments. Which conditions and sorts a type has is
// its own matter; so is running them.

import type { Comparator, Filter } from '#shared/jmap/core.ts'
import {
  type Arguments,
  boolean,
  id,
  int,
  listOf,
  nullable,
  object,
  oneOf,
  readFields,
  string,
  unsignedInt,
} from './arguments.ts'
import { readMaxChanges } from './get.ts'
import { MethodError } from './method.ts'

export interface QueryKind<Condition> {
  /** One FilterCondition; throws `unsupportedFilter` for what it does not know, invalidArguments for wrong types. */
  readCondition(fields: Readonly<Record<string, unknown>>): Condition
  /** Properties that may be sorted by. */
  readonly sortable: readonly string[]
  /** Further members of a Comparator (`keyword` of Email). */
  readComparator?(fields: Arguments, comparator: Comparator): Comparator
}

export interface QueryArguments<Condition> {
  readonly filter: Filter<Condition> | null
  readonly sort: readonly Comparator[]
  readonly position: number
  readonly anchor: string | null
  readonly anchorOffset: number
  readonly limit: number | null
  readonly calculateTotal: boolean
}

export interface QueryChangesArguments<Condition> {
  readonly filter: Filter<Condition> | null
  readonly sort: readonly Comparator[]
  readonly sinceQueryState: string
  readonly maxChanges: number | null
  readonly upToId: string | null
  readonly calculateTotal: boolean
}

export function readQuery<Condition>(args: Arguments, kind: QueryKind<Condition>): QueryArguments<Condition> {
  return {
    filter: readFilter(args, kind),
    sort: readSort(args, kind),
    position: args.optional('position', int, 0),
    anchor: args.optional('anchor', nullable(id), null),
    anchorOffset: args.optional('anchorOffset', int, 0),
    // RFC 8620 §5.5: a negative limit MUST be refused with invalidArguments.
    limit: args.optional('limit', nullable(unsignedInt), null),
    calculateTotal: args.optional('calculateTotal', boolean, false),
  }
}

export function readQueryChanges<Condition>(
  args: Arguments,
  kind: QueryKind<Condition>,
): QueryChangesArguments<Condition> {
  return {
    filter: readFilter(args, kind),
    sort: readSort(args, kind),
    sinceQueryState: args.required('sinceQueryState', string),
    maxChanges: readMaxChanges(args),
    upToId: args.optional('upToId', nullable(id), null),
    calculateTotal: args.optional('calculateTotal', boolean, false),
  }
}

/** A filter deeper or wider than this is an attack on the stack or the server behind, not a question. */
const maxFilterDepth = 32
const maxFilterNodes = 1000

export function readFilter<Condition>(args: Arguments, kind: QueryKind<Condition>): Filter<Condition> | null {
  const filter = args.optional('filter', nullable(object), null)
  let nodes = 0
  const read = (fields: Record<string, unknown>, depth: number): Filter<Condition> => {
    if (depth > maxFilterDepth || ++nodes > maxFilterNodes) {
      throw new MethodError('unsupportedFilter', { description: 'the filter is too deep or too wide' })
    }
    if (!Object.hasOwn(fields, 'operator')) return kind.readCondition(fields)
    const node = readFields(fields, 'filter/')
    const operator = node.required('operator', oneOf('AND', 'OR', 'NOT'))
    const conditions = node.required('conditions', listOf(object))
    node.finish()
    return { operator, conditions: conditions.map((condition) => read(condition, depth + 1)) }
  }
  return filter && read(filter, 0)
}

/** RFC 8620 §2: announced as collationAlgorithms. */
export const collations = ['i;ascii-numeric', 'i;ascii-casemap', 'i;unicode-casemap'] as const

function readSort<Condition>(args: Arguments, kind: QueryKind<Condition>): readonly Comparator[] {
  const sort = args.optional('sort', nullable(listOf(object)), null) ?? []
  return sort.map((item) => {
    const fields = readFields(item, 'sort/')
    const property = fields.required('property', string)
    if (!kind.sortable.includes(property)) {
      throw new MethodError('unsupportedSort', { description: `cannot sort by ${property.slice(0, 100)}` })
    }
    const isAscending = fields.optional('isAscending', boolean, true)
    const collation = fields.optional('collation', nullable(string), null)
    if (collation !== null && !(collations as readonly string[]).includes(collation)) {
      throw new MethodError('unsupportedSort', { description: `no such collation: ${collation.slice(0, 100)}` })
    }
    const comparator = { property, isAscending, ...(collation !== null && { collation }) }
    const whole = kind.readComparator?.(fields, comparator) ?? comparator
    fields.finish()
    return whole
  })
}

export interface Window<T> {
  readonly items: readonly T[]
  readonly position: number
}

/** RFC 8620 §5.5: the part of a whole result list that position, anchor, anchorOffset and limit ask for. */
export function windowOf<T>(
  list: readonly T[],
  idOf: (item: T) => string,
  query: Pick<QueryArguments<unknown>, 'position' | 'anchor' | 'anchorOffset' | 'limit'>,
): Window<T> {
  let position = query.position
  if (query.anchor !== null) {
    const anchored = list.findIndex((item) => idOf(item) === query.anchor)
    if (anchored < 0) throw new MethodError('anchorNotFound')
    position = Math.max(0, anchored + query.anchorOffset)
  } else if (position < 0) {
    position = Math.max(0, list.length + position)
  }
  const end = query.limit === null ? list.length : position + query.limit
  return { items: list.slice(position, end), position }
}

/** Condition readers throw this for a condition that the type does not have. */
export function unsupportedFilter(name: string): MethodError {
  return new MethodError('unsupportedFilter', { description: `no such condition: ${name.slice(0, 100)}` })
}
