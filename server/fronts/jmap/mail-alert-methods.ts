// MailAlert/get, /changes, /set: docs/jmap-extensions.md. Alerts come from the mail server; a client puts them away by destroying them.

import type { Log } from '#core/log.ts'
import type { Alerts } from '#domain/alerts/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'
import { objectChanges } from './object-changes.ts'
import { readSet, runSet } from './set.ts'

const properties = ['id', 'text', 'server', 'receivedAt']

export function mailAlertMethods({
  alerts,
  log,
}: {
  readonly alerts: Alerts
  readonly log: Log
}): Record<string, Method> {
  return {
    'MailAlert/get': {
      capability: capabilities.paquebot,
      async run(call) {
        const args = readArguments(call)
        const get = readGet(call, args, (name) => properties.includes(name))
        args.finish()
        const { state, list } = await alerts.list(call.caller, get.ids)
        assertGetSize(call, list.length)
        return getResponse(call.caller.account, state, list, get)
      },
    },
    'MailAlert/changes': objectChanges(capabilities.paquebot, alerts.changes),
    'MailAlert/set': {
      capability: capabilities.paquebot,
      async run(call) {
        const args = readArguments(call)
        const plan = readSet(call, args)
        args.finish()
        const verbs = {
          state: () => alerts.state(call.caller),
          destroy: (id: string) => alerts.dismiss(call.caller, id),
        }
        return runSet(call, plan, verbs, log)
      },
    },
  }
}
