// Identity/set: RFC 8621 §6.3.

import type { Log } from '#core/log.ts'
import type { Identities, IdentityContent } from '#domain/submission/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import { emailAddress } from './address-kind.ts'
import { listOf, nullable, readArguments, readFields, string } from './arguments.ts'
import { translated } from './email-submission-set.ts'
import { invalidProperties } from './errors.ts'
import type { Method } from './method.ts'
import { applyPatch, patchedProperties } from './patch.ts'
import { readSet, runSet } from './set.ts'

export interface IdentitySetDeps {
  readonly identities: Identities
  readonly log: Log
}

const defaults = { name: '', replyTo: null, bcc: null, textSignature: '', htmlSignature: '' }

export function identitySet({ identities, log }: IdentitySetDeps): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      const verbs = {
        state: () => identities.state(call.caller),
        async create(fields: Record<string, unknown>) {
          const { id, ...made } = await translated(identities.create(call.caller, readContent(fields)))
          const serverSet = Object.entries(made).filter(([name]) => fields[name] === undefined)
          return { ...Object.fromEntries(serverSet), id }
        },
        async update(id: string, patch: PatchObject) {
          // RFC 8621 §6: id and mayDelete are server-set, email is immutable.
          const fixed = [...patchedProperties(patch)].filter((name) => name === 'mayDelete')
          if (fixed.length > 0) throw invalidProperties('set by the server', ...fixed)
          const { id: _, ...rest } = patch
          const change = (before: IdentityContent) => readContent(applyPatch({ ...before }, rest, defaults))
          await translated(identities.change(call.caller, id, change))
          return null
        },
        destroy: (id: string) => identities.destroy(call.caller, id),
      }
      return runSet(call, plan, verbs, log)
    },
  }
}

function readContent(given: object): IdentityContent {
  const fields = readFields(given as Record<string, unknown>)
  const addresses = nullable(listOf(emailAddress))
  const content = {
    name: fields.optional('name', string, ''),
    email: fields.required('email', string),
    replyTo: fields.optional('replyTo', addresses, null),
    bcc: fields.optional('bcc', addresses, null),
    textSignature: fields.optional('textSignature', string, ''),
    htmlSignature: fields.optional('htmlSignature', string, ''),
  }
  fields.finish()
  return content
}
