// FilterRules/get and /set: docs/jmap-extensions.md. A singleton; what is in it, the domain reads.

import type { Log } from '#core/log.ts'
import type { Rules } from '#domain/filters/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import { readArguments, readFields } from './arguments.ts'
import { invalidProperties, SetFailure } from './errors.ts'
import { getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'
import { applyPatch } from './patch.ts'
import { readSet, runSet } from './set.ts'

const singleton = 'singleton'
const written = ['rules', 'forwarding', 'blocked'] as const
const properties: readonly string[] = ['id', 'isActive', 'include', ...written]

export function filterRulesGet({ rules }: { readonly rules: Pick<Rules, 'get'> }): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, content } = await rules.get(call.caller)
      return getResponse(call.caller.account, state, [{ id: singleton, ...content }], get)
    },
  }
}

export function filterRulesSet({ rules, log }: { readonly rules: Rules; readonly log: Log }): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      // RFC 8620 §5.3: a singleton is neither created nor destroyed.
      const refuse = async () => {
        throw new SetFailure('singleton')
      }
      const verbs = {
        state: async () => (await rules.get(call.caller)).state,
        create: refuse,
        destroy: refuse,
        async update(id: string, patch: PatchObject) {
          if (id !== singleton) throw new SetFailure('notFound')
          const { id: _, ...rest } = patch
          await rules.change(call.caller, ({ isActive, include, ...before }) => {
            // RFC 8620 §5.3: a server-set property may be sent as it is.
            const { isActive: a, include: b, ...after } = applyPatch({ isActive, include, ...before }, rest)
            if (a !== isActive || b !== include) throw invalidProperties('set by the server', 'isActive', 'include')
            const fields = readFields(after)
            const any = { name: 'Object', accepts: (value: unknown): value is unknown => value !== null }
            const [ruleList, forwarding, blocked] = written.map((name) => fields.required(name, any))
            fields.finish()
            return { rules: ruleList, forwarding, blocked }
          })
          return null
        },
      }
      return runSet(call, plan, verbs, log)
    },
  }
}
