// Mailbox/query: RFC 8621 §2.3.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { mailboxQueryKind, readTreeArguments } from './mailbox-filter.ts'
import type { Method } from './method.ts'
import { readQuery, windowOf } from './query.ts'

export function mailboxQuery(mail: Pick<Mail, 'queryMailboxes'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const query = readQuery(args, mailboxQueryKind(call.createdIds))
      const tree = readTreeArguments(args)
      args.finish()
      const { state, ids } = await mail.queryMailboxes(call.caller, { filter: query.filter, sort: query.sort, ...tree })
      const { items, position } = windowOf(ids, (id) => id, query)
      return {
        accountId: call.caller.account,
        queryState: state,
        canCalculateChanges: true,
        position,
        ids: items,
        ...(query.calculateTotal && { total: ids.length }),
      }
    },
  }
}
