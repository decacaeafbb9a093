// Plugin/call: docs/jmap-extensions.md.

import type { Caller } from '#core/caller.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { type Kind, readArguments, string } from './arguments.ts'
import type { Method } from './method.ts'

const anything: Kind<unknown> = { name: 'any', accepts: (_value): _value is unknown => true }

export type CallPlugin = (plugin: string, name: string, argument: unknown, caller: Caller) => Promise<unknown>

export function pluginCall(call: CallPlugin): Method {
  return {
    capability: capabilities.paquebot,
    async run({ caller, ...rest }) {
      const args = readArguments({ caller, ...rest })
      const [plugin, name] = [args.required('plugin', string), args.required('name', string)]
      const argument = args.optional('argument', anything, null)
      args.finish()
      return { accountId: caller.account, plugin, name, answer: await call(plugin, name, argument, caller) }
    },
  }
}
