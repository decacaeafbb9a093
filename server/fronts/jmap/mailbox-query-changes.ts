// Mailbox/queryChanges: RFC 8621 §2.4. No filter or sort looks at counts: when only those changed, nothing did. Otherwise all
// mailboxes are told as removed and added again, which RFC 8620 §5.6 allows and a list of mailboxes is short enough for.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { mailboxQueryKind, readTreeArguments } from './mailbox-filter.ts'
import { type Method, MethodError } from './method.ts'
import { readQueryChanges } from './query.ts'

export function mailboxQueryChanges(mail: Pick<Mail, 'queryMailboxes' | 'mailboxChanges'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const query = readQueryChanges(args, mailboxQueryKind(call.createdIds))
      const tree = readTreeArguments(args)
      args.finish()
      const { caller } = call
      const changes = await mail.mailboxChanges(caller, query.sinceQueryState, null)
      const { state, ids } = await mail.queryMailboxes(caller, { filter: query.filter, sort: query.sort, ...tree })
      const isSame = changes.created.length + changes.destroyed.length + changes.updated.length === 0
      const isCountsOnly = changes.updatedProperties !== null && changes.created.length + changes.destroyed.length === 0
      const nothing = isSame || isCountsOnly
      const removed = nothing
        ? []
        : [...new Set([...changes.destroyed, ...changes.updated, ...changes.created, ...ids])]
      const added = nothing ? [] : ids.map((id, index) => ({ id, index }))
      if (query.maxChanges !== null && removed.length + added.length > query.maxChanges) {
        throw new MethodError('tooManyChanges')
      }
      return {
        accountId: caller.account,
        oldQueryState: query.sinceQueryState,
        newQueryState: state,
        ...(query.calculateTotal && { total: ids.length }),
        removed,
        added,
      }
    },
  }
}
