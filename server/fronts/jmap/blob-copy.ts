// Blob/copy (RFC 8620 §6.3). Everybody has one account here, so that a copy is from it to itself: the id stays, since it names the
// bytes.

import { isFailure } from '#core/errors.ts'
import { capabilities, type SetError } from '#shared/jmap/core.ts'
import { listOf, readArguments, reference, string } from './arguments.ts'
import type { Blobs } from './blobs.ts'
import { resolveReference } from './get.ts'
import { type Method, MethodError } from './method.ts'

export function blobCopy(deps: { readonly blobs: Blobs }): Method {
  return {
    capability: capabilities.core,
    async run(call) {
      const { account } = call.caller
      const args = readArguments(call)
      const fromAccountId = args.required('fromAccountId', string)
      const blobIds = args.required('blobIds', listOf(reference))
      args.finish()
      if (fromAccountId !== account) throw new MethodError('fromAccountNotFound')
      if (blobIds.length > call.limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
      const copied: Record<string, string> = {}
      const notCopied: Record<string, SetError> = {}
      for (const given of new Set(blobIds)) {
        const blobId = resolveReference(call.createdIds, given)
        try {
          await deps.blobs.stat(call.caller, blobId)
          copied[blobId] = blobId
        } catch (error) {
          if (!isFailure(error, 'notFound')) throw error
          notCopied[blobId] = { type: 'notFound' }
        }
      }
      const orNull = <T>(map: Record<string, T>) => (Object.keys(map).length > 0 ? map : null)
      return { fromAccountId, accountId: account, copied: orNull(copied), notCopied: orNull(notCopied) }
    },
  }
}
