// Email/copy: RFC 8621 §4.7, RFC 8620 §5.4. It copies between accounts; a caller has one account here, and the account copied from
// must be another, so that every well-formed call names an account that does not exist for the caller.

import { capabilities } from '#shared/jmap/core.ts'
import { boolean, invalid, mapOf, nullable, object, readArguments, string } from './arguments.ts'
import { type Method, MethodError } from './method.ts'

export function emailCopy(): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const from = args.required('fromAccountId', string)
      args.optional('ifFromInState', nullable(string), null)
      args.optional('ifInState', nullable(string), null)
      args.required('create', mapOf(object))
      args.optional('onSuccessDestroyOriginal', boolean, false)
      args.optional('destroyFromIfInState', nullable(string), null)
      args.finish()
      if (from === call.caller.account) throw invalid('fromAccountId must be another account', 'fromAccountId')
      throw new MethodError('fromAccountNotFound')
    },
  }
}
