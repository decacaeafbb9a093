// The conditions and sorts of Mailbox/query: RFC 8621 §2.3.

import { mailboxSortProperties } from '#domain/mail/index.ts'
import type { MailboxFilterCondition } from '#shared/jmap/mail.ts'
import { type Arguments, boolean, id, invalid, type Kind, nullable, string } from './arguments.ts'
import { resolveReference } from './get.ts'
import { type QueryKind, unsupportedFilter } from './query.ts'

const conditions: Readonly<Record<keyof MailboxFilterCondition, Kind<unknown>>> = {
  parentId: nullable(id),
  name: string,
  role: nullable(string),
  hasAnyRole: boolean,
  isSubscribed: boolean,
}

export function mailboxQueryKind(createdIds: ReadonlyMap<string, string>): QueryKind<MailboxFilterCondition> {
  return {
    sortable: mailboxSortProperties,
    readCondition(fields) {
      const condition: Record<string, unknown> = {}
      for (const [name, given] of Object.entries(fields)) {
        if (!Object.hasOwn(conditions, name)) throw unsupportedFilter(name)
        const value = name === 'parentId' && typeof given === 'string' ? resolveReference(createdIds, given) : given
        const kind = conditions[name as keyof MailboxFilterCondition]
        if (!kind.accepts(value)) throw invalid(`${name} must be ${kind.name}`, 'filter')
        condition[name] = value
      }
      return condition as MailboxFilterCondition
    },
  }
}

export function readTreeArguments(args: Arguments): { readonly sortAsTree: boolean; readonly filterAsTree: boolean } {
  return {
    sortAsTree: args.optional('sortAsTree', boolean, false),
    filterAsTree: args.optional('filterAsTree', boolean, false),
  }
}
