// Mailbox/get: RFC 8621 §2.1.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

export const mailboxProperties = [
  'id',
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'totalThreads',
  'unreadThreads',
  'myRights',
  'isSubscribed',
] as const

export function mailboxGet(mail: Pick<Mail, 'mailboxes'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => (mailboxProperties as readonly string[]).includes(name))
      args.finish()
      const { properties } = get
      // Counts of threads need the index of the account: only who asks pays.
      const threads = !properties || properties.has('totalThreads') || properties.has('unreadThreads')
      const { state, list } = await mail.mailboxes(call.caller, { threads })
      if (get.ids === null) assertGetSize(call, list.length)
      return getResponse(call.caller.account, state, list, get)
    },
  }
}
