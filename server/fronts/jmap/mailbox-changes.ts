// Mailbox/changes: RFC 8621 §2.2.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { changesResponse, readChanges } from './get.ts'
import type { Method } from './method.ts'

export function mailboxChanges(mail: Pick<Mail, 'mailboxChanges'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const { sinceState, maxChanges } = readChanges(args)
      args.finish()
      const changes = await mail.mailboxChanges(call.caller, sinceState, maxChanges)
      const response = changesResponse(call.caller.account, sinceState, changes)
      return { ...response, updatedProperties: changes.updatedProperties }
    },
  }
}
