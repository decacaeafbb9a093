// Email/queryChanges: RFC 8621 §4.5.

import { Failure } from '#core/errors.ts'
import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { boolean, readArguments } from './arguments.ts'
import { emailQueryKind } from './email-filter.ts'
import { maxQueryIds } from './email-query.ts'
import { type Method, MethodError } from './method.ts'
import { readQueryChanges } from './query.ts'

export function emailQueryChanges(mail: Pick<Mail, 'queryEmailChanges'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const { filter, sort, sinceQueryState, maxChanges, upToId, calculateTotal } = readQueryChanges(
        args,
        emailQueryKind(call),
      )
      const collapseThreads = args.optional('collapseThreads', boolean, false)
      args.finish()
      const page = { position: 0, anchor: null, anchorOffset: 0, limit: maxQueryIds, calculateTotal }
      const query = { filter, sort, collapseThreads, ...page }
      try {
        const changes = await mail.queryEmailChanges(call.caller, query, sinceQueryState, { maxChanges, upToId })
        return {
          accountId: call.caller.account,
          oldQueryState: sinceQueryState,
          newQueryState: changes.newQueryState,
          ...(calculateTotal && changes.total !== null && { total: changes.total }),
          removed: changes.removed,
          added: changes.added,
        }
      } catch (error) {
        // RFC 8620 §5.6: told apart from a state that is unknown.
        if (error instanceof Failure && error.code === 'cannotCalculateChanges' && error.detail.tooMany) {
          throw new MethodError('tooManyChanges')
        }
        throw error
      }
    },
  }
}
