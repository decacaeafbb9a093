// Email/query: RFC 8621 §4.4.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { boolean, readArguments } from './arguments.ts'
import { emailQueryKind } from './email-filter.ts'
import type { Method } from './method.ts'
import { readQuery } from './query.ts'

/** Ids of one answer; RFC 8620 §5.5 lets the server set a limit, and says it must be told. */
export const maxQueryIds = 10_000

export function emailQuery(mail: Pick<Mail, 'queryEmails'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const query = readQuery(args, emailQueryKind(call))
      const collapseThreads = args.optional('collapseThreads', boolean, false)
      args.finish()
      const limit = Math.min(query.limit ?? maxQueryIds, maxQueryIds)
      const result = await mail.queryEmails(call.caller, { ...query, collapseThreads, limit })
      const isCut = limit !== query.limit && (query.limit !== null || result.ids.length === limit)
      return {
        accountId: call.caller.account,
        queryState: result.queryState,
        canCalculateChanges: result.canCalculateChanges,
        position: result.position,
        ids: result.ids,
        ...(query.calculateTotal && result.total !== null && { total: result.total }),
        ...(isCut && { limit }),
      }
    },
  }
}
