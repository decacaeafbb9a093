// Quota/get, /changes, /query, /queryChanges (RFC 9425 §4).

import type { Caller } from '#core/caller.ts'
import type { Accounts } from '#domain/accounts/index.ts'
import type { Filter } from '#shared/jmap/core.ts'
import { type Comparator, capabilities } from '#shared/jmap/core.ts'
import type { Quota } from '#shared/jmap/submission.ts'
import { oneOf, readArguments, readFields, string } from './arguments.ts'
import { changesResponse, getResponse, readChanges, readGet } from './get.ts'
import { type Method, MethodError } from './method.ts'
import { type QueryKind, readQuery, readQueryChanges, unsupportedFilter, windowOf } from './query.ts'
import { parseQuotaState, quotaProperties, quotaState, toQuotas } from './quota-object.ts'

export interface QuotaDeps {
  readonly accounts: Pick<Accounts, 'quota'>
}

export function quotaMethods({ accounts }: QuotaDeps): Record<string, Method> {
  const read = async (caller: Caller) => toQuotas(await accounts.quota(caller))
  const capability = capabilities.quota
  return {
    'Quota/get': {
      capability,
      async run(call) {
        const args = readArguments(call)
        const get = readGet(call, args, (name) => (quotaProperties as readonly string[]).includes(name))
        args.finish()
        const quotas = await read(call.caller)
        return getResponse(call.caller.account, quotaState(quotas), quotas, get)
      },
    },
    'Quota/changes': {
      capability,
      async run(call) {
        const args = readArguments(call)
        const { sinceState, maxChanges } = readChanges(args)
        args.finish()
        const changes = changesSince(sinceState, await read(call.caller), maxChanges)
        return {
          ...changesResponse(call.caller.account, sinceState, changes),
          // RFC 9425 §4.3.
          updatedProperties: changes.isUsedAlone ? ['used'] : null,
        }
      },
    },
    'Quota/query': {
      capability,
      async run(call) {
        const args = readArguments(call)
        const query = readQuery(args, quotaQuery)
        args.finish()
        const quotas = await read(call.caller)
        const matching = quotas.filter((quota) => isMatch(quota, query.filter)).sort(by(query.sort))
        const { items, position } = windowOf(matching, ({ id }) => id, query)
        return {
          accountId: call.caller.account,
          queryState: quotaState(quotas),
          canCalculateChanges: false,
          position,
          ids: items.map(({ id }) => id),
          ...(query.calculateTotal && { total: matching.length }),
        }
      },
    },
    'Quota/queryChanges': {
      capability,
      async run(call) {
        const args = readArguments(call)
        const query = readQueryChanges(args, quotaQuery)
        args.finish()
        const quotas = await read(call.caller)
        // RFC 8620 §5.6: there are a handful at most; only «nothing changed» is worth telling without reading anew.
        if (query.sinceQueryState !== quotaState(quotas)) throw new MethodError('cannotCalculateChanges')
        const total = quotas.filter((quota) => isMatch(quota, query.filter)).length
        return {
          accountId: call.caller.account,
          oldQueryState: query.sinceQueryState,
          newQueryState: query.sinceQueryState,
          ...(query.calculateTotal && { total }),
          removed: [],
          added: [],
        }
      },
    },
  }
}

function changesSince(sinceState: string, quotas: readonly Quota[], maxChanges: number | null) {
  const before = parseQuotaState(sinceState)
  const newState = quotaState(quotas)
  const after = parseQuotaState(newState)
  const created = [...after.keys()].filter((id) => !before.has(id))
  const destroyed = [...before.keys()].filter((id) => !after.has(id))
  const isSame = (id: string, member: 'used' | 'limit') => before.get(id)?.[member] === after.get(id)?.[member]
  const kept = [...after.keys()].filter((id) => before.has(id))
  const updated = kept.filter((id) => !isSame(id, 'used') || !isSame(id, 'limit'))
  // A state between two is none that was ever true: all or nothing (RFC 8620 §5.2).
  if (maxChanges !== null && created.length + updated.length + destroyed.length > maxChanges) {
    throw new MethodError('cannotCalculateChanges')
  }
  const isUsedAlone = updated.length > 0 && updated.every((id) => isSame(id, 'limit'))
  return { newState, hasMore: false, created, updated, destroyed, isUsedAlone }
}

interface QuotaCondition {
  readonly name?: string
  readonly scope?: string
  readonly resourceType?: string
  readonly type?: string
}

const quotaQuery: QueryKind<QuotaCondition> = {
  sortable: ['name', 'used'],
  readCondition(fields) {
    const known = ['name', 'scope', 'resourceType', 'type']
    const unknown = Object.keys(fields).find((name) => !known.includes(name))
    if (unknown !== undefined) throw unsupportedFilter(unknown)
    const reader = readFields(fields, 'filter/')
    return {
      ...(reader.has('name') && { name: reader.required('name', string) }),
      ...(reader.has('scope') && { scope: reader.required('scope', oneOf('account', 'domain', 'global')) }),
      ...(reader.has('resourceType') && { resourceType: reader.required('resourceType', oneOf('count', 'octets')) }),
      ...(reader.has('type') && { type: reader.required('type', string) }),
    }
  },
}

function isMatch(quota: Quota, filter: Filter<QuotaCondition> | null): boolean {
  if (!filter) return true
  if ('operator' in filter) {
    const results = filter.conditions.map((condition) => isMatch(quota, condition))
    if (filter.operator === 'AND') return results.every(Boolean)
    return filter.operator === 'OR' ? results.some(Boolean) : !results.some(Boolean)
  }
  const { name, scope, resourceType, type } = filter
  return (
    // RFC 9425 §4.4.1: «The Quota name property contains the given string.»
    (name === undefined || quota.name.includes(name)) &&
    (scope === undefined || quota.scope === scope) &&
    (resourceType === undefined || quota.resourceType === resourceType) &&
    (type === undefined || quota.types.includes(type))
  )
}

function by(sort: readonly Comparator[]): (a: Quota, b: Quota) => number {
  return (a, b) => {
    for (const { property, isAscending } of sort) {
      const order = property === 'used' ? a.used - b.used : a.name.localeCompare(b.name)
      if (order !== 0) return isAscending === false ? -order : order
    }
    return a.id < b.id ? -1 : 1
  }
}
