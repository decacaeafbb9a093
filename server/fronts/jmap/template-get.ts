// Template/get: docs/jmap-extensions.md.

import type { TemplatesDomain } from '#domain/settings/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

const properties = ['id', 'name', 'subject', 'to', 'cc', 'bcc', 'textBody', 'htmlBody', 'attachments']

export function templateGet({ templates }: { readonly templates: Pick<TemplatesDomain, 'list'> }): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, list } = await templates.list(call.caller, get.ids)
      assertGetSize(call, list.length)
      return getResponse(call.caller.account, state, list, get)
    },
  }
}
