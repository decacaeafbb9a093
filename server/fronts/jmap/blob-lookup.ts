// Blob/lookup (RFC 9404 §4.3): which messages, threads and mailboxes contain a blob.

import { capabilities } from '#shared/jmap/core.ts'
import { listOf, readArguments, reference, string } from './arguments.ts'
import { type Blobs, lookupTypeNames } from './blobs.ts'
import { assertGetSize, resolveReference } from './get.ts'
import { type Method, MethodError } from './method.ts'

export function blobLookup(deps: { readonly blobs: Blobs }): Method {
  return {
    capability: capabilities.blob,
    async run(call) {
      const args = readArguments(call)
      const typeNames = args.required('typeNames', listOf(string))
      const given = args.required('ids', listOf(reference))
      args.finish()
      const ids = [...new Set(given.map((id) => resolveReference(call.createdIds, id)))]
      assertGetSize(call, ids.length)
      const unknown = typeNames.find((name) => !(lookupTypeNames as readonly string[]).includes(name))
      if (unknown !== undefined) {
        throw new MethodError('unknownDataType', { description: `not looked into: ${unknown.slice(0, 100)}` })
      }
      const found = await deps.blobs.lookup(call.caller, ids, typeNames)
      return {
        accountId: call.caller.account,
        list: ids.flatMap((id) => {
          const matched = found.get(id)
          if (!matched) return []
          return [{ id, matchedIds: Object.fromEntries(typeNames.map((name) => [name, matched[name] ?? []])) }]
        }),
        notFound: ids.filter((id) => !found.has(id)),
      }
    },
  }
}
