// Identity/get: RFC 8621 §6.1.

import type { Identities } from '#domain/submission/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

const properties = ['id', 'name', 'email', 'replyTo', 'bcc', 'textSignature', 'htmlSignature', 'mayDelete']

export function identityGet({ identities }: { readonly identities: Pick<Identities, 'list'> }): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, list } = await identities.list(call.caller)
      if (!get.ids) assertGetSize(call, list.length)
      return getResponse(call.caller.account, state, list, get)
    },
  }
}
