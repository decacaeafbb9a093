// Snooze/get, /changes, /set: docs/jmap-extensions.md.

import type { Log } from '#core/log.ts'
import type { Snoozes } from '#domain/snoozes/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { nullable, readArguments, readFields, reference, utcDate } from './arguments.ts'
import { assertGetSize, getResponse, readGet, resolveReference } from './get.ts'
import type { Method } from './method.ts'
import { objectChanges } from './object-changes.ts'
import { readSet, runSet } from './set.ts'

const properties = ['id', 'emailId', 'mailboxId', 'until', 'isSignInNeeded']

export function snoozeMethods({
  snoozes,
  log,
}: {
  readonly snoozes: Snoozes
  readonly log: Log
}): Record<string, Method> {
  return {
    'Snooze/get': {
      capability: capabilities.paquebot,
      async run(call) {
        const args = readArguments(call)
        const get = readGet(call, args, (name) => properties.includes(name))
        args.finish()
        const { state, list } = await snoozes.list(call.caller, get.ids)
        assertGetSize(call, list.length)
        return getResponse(call.caller.account, state, list, get)
      },
    },
    'Snooze/changes': objectChanges(capabilities.paquebot, snoozes.changes),
    'Snooze/set': {
      capability: capabilities.paquebot,
      async run(call) {
        const { caller } = call
        const args = readArguments(call)
        const plan = readSet(call, args)
        args.finish()
        const verbs = {
          state: () => snoozes.state(caller),
          async create(given: Record<string, unknown>) {
            const fields = readFields(given)
            const emailId = resolveReference(call.createdIds, fields.required('emailId', reference))
            const mailbox = fields.optional('mailboxId', nullable(reference), null)
            const mailboxId = mailbox === null ? null : resolveReference(call.createdIds, mailbox)
            const until = Date.parse(fields.required('until', utcDate))
            fields.finish()
            const made = await snoozes.create(caller, { emailId, until, mailboxId })
            return {
              id: made.id,
              isSignInNeeded: made.isSignInNeeded,
              ...(mailbox === null && { mailboxId: made.mailboxId }),
            }
          },
          async update(id: string, patch: Readonly<Record<string, unknown>>) {
            const fields = readFields(patch)
            const until = Date.parse(fields.required('until', utcDate))
            fields.finish()
            await snoozes.change(caller, id, until)
            return null
          },
          destroy: (id: string) => snoozes.destroy(caller, id),
        }
        return runSet(call, plan, verbs, log)
      },
    },
  }
}
