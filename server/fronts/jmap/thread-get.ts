// Thread/get: RFC 8621 §3.1.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { viewOf } from './email-properties.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method, MethodCall } from './method.ts'

export function threadGet(mail: Pick<Mail, 'threads' | 'queryEmails' | 'emails'>): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => name === 'id' || name === 'emailIds')
      args.finish()
      const ids = get.ids ?? (await allThreads(mail, call))
      const { state, threads } = await mail.threads(call.caller, ids)
      const list = [...threads].map(([id, emailIds]) => ({ id, emailIds }))
      return getResponse(call.caller.account, state, list, { ...get, ids })
    },
  }
}

async function allThreads(mail: Pick<Mail, 'queryEmails' | 'emails'>, call: MethodCall): Promise<readonly string[]> {
  const page = {
    position: 0,
    anchor: null,
    anchorOffset: 0,
    limit: call.limits.maxObjectsInGet + 1,
    calculateTotal: false,
  }
  const all = await mail.queryEmails(call.caller, { filter: null, sort: [], collapseThreads: true, ...page })
  assertGetSize(call, all.ids.length)
  const { list } = await mail.emails(call.caller, all.ids, viewOf(['threadId']))
  return list.map((email) => email.threadId as string)
}
