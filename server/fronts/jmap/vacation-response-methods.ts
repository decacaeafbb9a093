// VacationResponse/get and /set: RFC 8621 §8. A singleton.

import type { Log } from '#core/log.ts'
import type { VacationContent, Vacations } from '#domain/filters/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import { boolean, nullable, readArguments, readFields, string, utcDate } from './arguments.ts'
import { SetFailure } from './errors.ts'
import { getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'
import { applyPatch } from './patch.ts'
import { readSet, runSet } from './set.ts'

const singleton = 'singleton'
const properties = ['id', 'isEnabled', 'fromDate', 'toDate', 'subject', 'textBody', 'htmlBody']
const defaults: VacationContent = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}

export function vacationResponseGet({ vacations }: { readonly vacations: Pick<Vacations, 'get'> }): Method {
  return {
    capability: capabilities.vacation,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, (name) => properties.includes(name))
      args.finish()
      const { state, vacation } = await vacations.get(call.caller)
      return getResponse(call.caller.account, state, [{ id: singleton, ...vacation }], get)
    },
  }
}

export interface VacationResponseSetDeps {
  readonly vacations: Vacations
  readonly log: Log
}

export function vacationResponseSet({ vacations, log }: VacationResponseSetDeps): Method {
  return {
    capability: capabilities.vacation,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      // RFC 8620 §5.3: a singleton is neither created nor destroyed.
      const refuse = async () => {
        throw new SetFailure('singleton')
      }
      const verbs = {
        state: async () => (await vacations.get(call.caller)).state,
        create: refuse,
        destroy: refuse,
        async update(id: string, patch: PatchObject) {
          if (id !== singleton) throw new SetFailure('notFound')
          const { id: _, ...rest } = patch
          await vacations.change(call.caller, (before) => readContent(applyPatch(before, rest, defaults)))
          return null
        },
      }
      return runSet(call, plan, verbs, log)
    },
  }
}

function readContent(given: object): VacationContent {
  const fields = readFields(given as Record<string, unknown>)
  const content = {
    isEnabled: fields.optional('isEnabled', boolean, false),
    fromDate: fields.optional('fromDate', nullable(utcDate), null),
    toDate: fields.optional('toDate', nullable(utcDate), null),
    subject: fields.optional('subject', nullable(string), null),
    textBody: fields.optional('textBody', nullable(string), null),
    htmlBody: fields.optional('htmlBody', nullable(string), null),
  }
  fields.finish()
  return content
}
