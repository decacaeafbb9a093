// Email/get: RFC 8621 §4.2.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { defaultEmailProperties, isEmailProperty, isExtendedEmailProperty, readEmailView } from './email-properties.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

export function emailGet(mail: Pick<Mail, 'emails' | 'queryEmails'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => isEmailProperty(name) || isExtendedEmailProperty(call, name))
      const view = readEmailView(call, args, get.properties ?? defaultEmailProperties)
      args.finish()
      const { caller } = call
      let { ids } = get
      if (ids === null) {
        // RFC 8620 §5.1: all, unless they are more than maxObjectsInGet.
        const limit = call.limits.maxObjectsInGet + 1
        const page = { position: 0, anchor: null, anchorOffset: 0, limit, calculateTotal: false }
        const all = await mail.queryEmails(caller, { filter: null, sort: [], collapseThreads: false, ...page })
        assertGetSize(call, all.ids.length)
        ids = all.ids
      }
      const { state, list } = await mail.emails(caller, ids, view)
      return getResponse(caller.account, state, list, { ids, properties: null })
    },
  }
}
