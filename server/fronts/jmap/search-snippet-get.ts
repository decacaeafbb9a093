// SearchSnippet/get: RFC 8621 §5.1.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { listOf, readArguments, reference } from './arguments.ts'
import { emailQueryKind } from './email-filter.ts'
import { assertGetSize, resolveReference } from './get.ts'
import type { Method } from './method.ts'
import { readFilter } from './query.ts'

export function searchSnippetGet(mail: Pick<Mail, 'snippets'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const filter = readFilter(args, emailQueryKind(call))
      const given = args.required('emailIds', listOf(reference))
      args.finish()
      const ids = [...new Set(given.map((id) => resolveReference(call.createdIds, id)))]
      assertGetSize(call, ids.length)
      const snippets = new Map(
        (await mail.snippets(call.caller, filter, ids)).map((snippet) => [snippet.emailId, snippet]),
      )
      const notFound = ids.filter((id) => !snippets.has(id))
      return {
        accountId: call.caller.account,
        list: ids.flatMap((id) => snippets.get(id) ?? []),
        notFound: notFound.length > 0 ? notFound : null,
      }
    },
  }
}
