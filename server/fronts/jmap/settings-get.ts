// Settings/get: docs/jmap-extensions.md.

import type { SettingsDomain } from '#domain/settings/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

const properties = ['id', 'value', 'version']

export function settingsGet({ settings }: { readonly settings: Pick<SettingsDomain, 'list'> }): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, list } = await settings.list(call.caller, get.ids)
      assertGetSize(call, list.length)
      return getResponse(call.caller.account, state, list, get)
    },
  }
}
