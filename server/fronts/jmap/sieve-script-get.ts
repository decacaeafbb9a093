// SieveScript/get, /query and /validate: RFC 9661 §2.1, §2.3, §2.4. A person has a handful of scripts: they are filtered here.

import { isFailure } from '#core/errors.ts'
import type { Scripts } from '#domain/filters/index.ts'
import { capabilities, type Filter } from '#shared/jmap/core.ts'
import type { SieveScript } from '#shared/jmap/submission.ts'
import { boolean, readArguments, readFields, reference, string } from './arguments.ts'
import { getResponse, readGet, resolveReference } from './get.ts'
import type { Method } from './method.ts'
import { type QueryKind, readQuery, unsupportedFilter, windowOf } from './query.ts'

const properties = ['id', 'name', 'blobId', 'isActive']

export function sieveScriptGet({ scripts }: { readonly scripts: Pick<Scripts, 'list'> }): Method {
  return {
    capability: capabilities.sieve,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, list } = await scripts.list(call.caller)
      return getResponse(call.caller.account, state, list, get)
    },
  }
}

interface Condition {
  readonly name?: string
  readonly isActive?: boolean
}

const kind: QueryKind<Condition> = {
  sortable: ['name', 'isActive'],
  readCondition(given) {
    const unknown = Object.keys(given).find((name) => name !== 'name' && name !== 'isActive')
    if (unknown !== undefined) throw unsupportedFilter(unknown)
    const fields = readFields(given, 'filter/')
    return {
      ...(fields.has('name') && { name: fields.required('name', string) }),
      ...(fields.has('isActive') && { isActive: fields.required('isActive', boolean) }),
    }
  },
}

function matches(script: SieveScript, filter: Filter<Condition> | null): boolean {
  if (!filter) return true
  if ('operator' in filter) {
    if (filter.operator === 'AND') return filter.conditions.every((condition) => matches(script, condition))
    const some = filter.conditions.some((condition) => matches(script, condition))
    return filter.operator === 'OR' ? some : !some
  }
  const { name, isActive } = filter
  // RFC 9661 §2.3: the name contains the string.
  return (
    (name === undefined || (script.name ?? '').toLowerCase().includes(name.toLowerCase())) &&
    (isActive === undefined || script.isActive === isActive)
  )
}

export function sieveScriptQuery({ scripts }: { readonly scripts: Pick<Scripts, 'list'> }): Method {
  return {
    capability: capabilities.sieve,
    async run(call) {
      const args = readArguments(call)
      const query = readQuery(args, kind)
      args.finish()
      const { state, list } = await scripts.list(call.caller)
      const results = list.filter((script) => matches(script, query.filter))
      results.sort((a, b) => {
        for (const { property, isAscending = true } of query.sort) {
          const order =
            property === 'name' ? (a.name ?? '').localeCompare(b.name ?? '') : Number(a.isActive) - Number(b.isActive)
          if (order !== 0) return isAscending ? order : -order
        }
        return a.id < b.id ? -1 : 1
      })
      const { items, position } = windowOf(results, ({ id }) => id, query)
      return {
        accountId: call.caller.account,
        queryState: state,
        canCalculateChanges: false,
        position,
        ids: items.map(({ id }) => id),
        ...(query.calculateTotal && { total: results.length }),
      }
    },
  }
}

export function sieveScriptValidate({ scripts }: { readonly scripts: Pick<Scripts, 'validate'> }): Method {
  return {
    capability: capabilities.sieve,
    async run(call) {
      const args = readArguments(call)
      const blobId = resolveReference(call.createdIds, args.required('blobId', reference))
      args.finish()
      const { account: accountId } = call.caller
      try {
        const description = await scripts.validate(call.caller, blobId)
        return { accountId, error: description === null ? null : { type: 'invalidSieve', description } }
      } catch (error) {
        if (!isFailure(error, 'notFound', 'blobMissing', 'tooLarge')) throw error
        return { accountId, error: { type: error.code === 'tooLarge' ? 'tooLarge' : 'blobNotFound' } }
      }
    },
  }
}
