// Email/parse: RFC 8621 §4.9.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { invalid, listOf, nullable, readArguments, reference, string } from './arguments.ts'
import { defaultParsedProperties, isEmailProperty, readEmailView } from './email-properties.ts'
import { assertGetSize, resolveReference } from './get.ts'
import type { Method } from './method.ts'

export function emailParse(mail: Pick<Mail, 'parseEmails'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const given = args.required('blobIds', listOf(reference))
      const properties = args.optional('properties', nullable(listOf(string)), null) ?? defaultParsedProperties
      const unknown = properties.find((name) => !isEmailProperty(name))
      if (unknown !== undefined) throw invalid(`no such property: ${unknown.slice(0, 100)}`, 'properties')
      const view = readEmailView(call, args, properties)
      args.finish()
      const blobIds = [...new Set(given.map((blobId) => resolveReference(call.createdIds, blobId)))]
      assertGetSize(call, blobIds.length)
      const { parsed, notParsable, notFound } = await mail.parseEmails(call.caller, blobIds, view)
      return {
        accountId: call.caller.account,
        parsed: parsed.size > 0 ? Object.fromEntries(parsed) : null,
        notParsable: notParsable.length > 0 ? notParsable : null,
        notFound: notFound.length > 0 ? notFound : null,
      }
    },
  }
}
