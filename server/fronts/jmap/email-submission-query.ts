// EmailSubmission/query and /queryChanges: RFC 8621 §7.3, §7.4. A person has few submissions: they are filtered and sorted here.

import type { Submissions, Submitted } from '#domain/submission/index.ts'
import { type Comparator, capabilities, type Filter } from '#shared/jmap/core.ts'
import { boolean, listOf, oneOf, readArguments, readFields, string, utcDate } from './arguments.ts'
import { type Method, type MethodCall, MethodError } from './method.ts'
import { type QueryKind, readQuery, readQueryChanges, unsupportedFilter, windowOf } from './query.ts'

interface Condition {
  readonly identityIds?: readonly string[]
  readonly emailIds?: readonly string[]
  readonly threadIds?: readonly string[]
  readonly undoStatus?: string
  readonly before?: string
  readonly after?: string
  /** Ours (docs/jmap-extensions.md): what needs a person's eye, out of a month of sent mail. */
  readonly hasProblem?: boolean
}

const standardNames = ['identityIds', 'emailIds', 'threadIds', 'undoStatus', 'before', 'after']

const kindFor = ({ using }: Pick<MethodCall, 'using'>): QueryKind<Condition> => ({
  sortable: ['emailId', 'threadId', 'sentAt', 'sendAt'],
  readCondition(given) {
    const names = using.has(capabilities.paquebot) ? [...standardNames, 'hasProblem'] : standardNames
    const unknown = Object.keys(given).find((name) => !names.includes(name))
    if (unknown !== undefined) throw unsupportedFilter(unknown)
    const fields = readFields(given, 'filter/')
    const read: Record<string, unknown> = {}
    for (const name of ['identityIds', 'emailIds', 'threadIds']) {
      if (fields.has(name)) read[name] = fields.required(name, listOf(string))
    }
    if (fields.has('undoStatus')) read.undoStatus = fields.required('undoStatus', oneOf('pending', 'final', 'canceled'))
    for (const name of ['before', 'after']) if (fields.has(name)) read[name] = fields.required(name, utcDate)
    if (fields.has('hasProblem')) read.hasProblem = fields.required('hasProblem', boolean)
    return read as Condition
  },
})

function matches(item: Submitted, filter: Filter<Condition> | null): boolean {
  if (!filter) return true
  if ('operator' in filter) {
    const { operator, conditions } = filter
    if (operator === 'AND') return conditions.every((condition) => matches(item, condition))
    const some = conditions.some((condition) => matches(item, condition))
    return operator === 'OR' ? some : !some
  }
  const { identityIds, emailIds, threadIds, undoStatus, before, after, hasProblem } = filter
  const at = Date.parse(item.sendAt)
  return (
    (!identityIds || identityIds.includes(item.identityId)) &&
    (!emailIds || emailIds.includes(item.emailId)) &&
    (!threadIds || threadIds.includes(item.threadId)) &&
    (!undoStatus || item.undoStatus === undoStatus) &&
    // RFC 8621 §7.3: `before` excludes its moment, `after` includes it.
    (before === undefined || at < Date.parse(before)) &&
    (after === undefined || at >= Date.parse(after)) &&
    (hasProblem === undefined || hasProblem === (item.problem !== null))
  )
}

function compare(sort: readonly Comparator[]): (a: Submitted, b: Submitted) => number {
  const sortKey = (item: Submitted, property: string) =>
    property === 'emailId' ? item.emailId : property === 'threadId' ? item.threadId : item.sendAt
  return (a, b) => {
    for (const { property, isAscending = true } of sort) {
      const [x, y] = [sortKey(a, property), sortKey(b, property)]
      if (x !== y) return (x < y ? -1 : 1) * (isAscending ? 1 : -1)
    }
    // RFC 8620 §5.5: the order must be stable over calls.
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  }
}

export interface EmailSubmissionQueryDeps {
  readonly submissions: Pick<Submissions, 'list' | 'changes'>
}

export function emailSubmissionQuery({ submissions }: EmailSubmissionQueryDeps): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const query = readQuery(args, kindFor(call))
      args.finish()
      const { state, list } = await submissions.list(call.caller, null)
      const results = list.filter((item) => matches(item, query.filter)).sort(compare(query.sort))
      const { items, position } = windowOf(results, ({ id }) => id, query)
      return {
        accountId: call.caller.account,
        queryState: state,
        canCalculateChanges: true,
        position,
        ids: items.map(({ id }) => id),
        ...(query.calculateTotal && { total: results.length }),
      }
    },
  }
}

export function emailSubmissionQueryChanges({ submissions }: EmailSubmissionQueryDeps): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const query = readQueryChanges(args, kindFor(call))
      args.finish()
      const changes = await submissions.changes(call.caller, query.sinceQueryState, null)
      const { list } = await submissions.list(call.caller, null)
      const results = list.filter((item) => matches(item, query.filter)).sort(compare(query.sort))
      // RFC 8620 §5.6: whatever changed may have left or moved: it is removed, and added where it is now.
      const changed = new Set([...changes.created, ...changes.updated])
      const removed = [...changes.updated, ...changes.destroyed]
      const added = results.flatMap(({ id }, index) => (changed.has(id) ? [{ id, index }] : []))
      if (query.maxChanges !== null && removed.length + added.length > query.maxChanges) {
        throw new MethodError('tooManyChanges')
      }
      return {
        accountId: call.caller.account,
        oldQueryState: query.sinceQueryState,
        newQueryState: changes.newState,
        ...(query.calculateTotal && { total: results.length }),
        removed,
        added,
      }
    },
  }
}
