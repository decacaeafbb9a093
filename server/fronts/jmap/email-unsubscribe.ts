// Email/unsubscribe: docs/jmap-extensions.md.

import { isFailure } from '#core/errors.ts'
import type { Unsubscribe } from '#domain/unsubscribe/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments, reference } from './arguments.ts'
import { resolveReference } from './get.ts'
import { type Method, MethodError } from './method.ts'

export function emailUnsubscribe({ unsubscribe }: { readonly unsubscribe: Pick<Unsubscribe, 'oneClick'> }): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const emailId = resolveReference(call.createdIds, args.required('emailId', reference))
      args.finish()
      try {
        const done = await unsubscribe.oneClick(call.caller, emailId)
        return { accountId: call.caller.account, emailId, ...done }
      } catch (error) {
        if (!isFailure(error, 'rateLimited')) throw error
        throw new MethodError('forbidden', { description: 'Too many lists were left within an hour.' })
      }
    },
  }
}
