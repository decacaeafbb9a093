// Rules, forwarding and blocked senders (docs/jmap-extensions.md, FilterRules): read, and changed by a function of what they are at that
// moment, so that what another browser or program did meanwhile is kept.

import type { GetRequest, GetResponse, SetRequest, SetResponse } from '#shared/jmap/core.ts'
import type { FilterRules } from '#shared/jmap/filters.ts'
import type { JmapClient } from '../../jmap/client.ts'
import { JmapError, type MethodShape } from '../../jmap/methods.ts'
import { text } from '../../shell/i18n.ts'
import { throwRefusal } from '../use-saving.ts'

declare module '../../jmap/methods.ts' {
  interface Methods {
    'FilterRules/get': MethodShape<GetRequest, GetResponse<FilterRules>>
    'FilterRules/set': MethodShape<SetRequest<FilterRules>, SetResponse<FilterRules>>
  }
}

/** What the person decides; the rest the server says. */
export type RulesPart = Partial<Pick<FilterRules, 'rules' | 'forwarding' | 'blocked'>>
/** May be asked several times: with what is shown, and with what the server has. */
export type RulesChange = (now: FilterRules) => RulesPart

const attempts = 4

export async function readRules(client: JmapClient): Promise<{ readonly rules: FilterRules; readonly state: string }> {
  const { list, state } = await client.call('FilterRules/get', { accountId: client.accountId, ids: ['singleton'] })
  const [rules] = list
  if (!rules) throw new JmapError('serverFail')
  return { rules, state }
}

/** One after the other: each is a function of what the one before left. */
const lastChange = new WeakMap<JmapClient, Promise<unknown>>()

export function changeRules(client: JmapClient, change: RulesChange): Promise<FilterRules> {
  const before = lastChange.get(client) ?? Promise.resolve()
  const result = before.then(() => apply(client, change))
  lastChange.set(
    client,
    result.catch(() => undefined),
  )
  return result
}

async function apply(client: JmapClient, change: RulesChange): Promise<FilterRules> {
  for (let attempt = 1; ; attempt++) {
    const { rules, state } = await readRules(client)
    const update = { singleton: change(rules) }
    try {
      const { notUpdated } = await client.call('FilterRules/set', {
        accountId: client.accountId,
        ifInState: state,
        update,
      })
      if (notUpdated?.singleton?.type === 'alreadyExists') throw new Error(text('filters:editedElsewhere'))
      throwRefusal(notUpdated)
      return (await readRules(client)).rules
    } catch (error) {
      // Somebody was quicker; or our own answer was lost, and then the same once more changes nothing.
      if (!(error instanceof JmapError && error.type === 'stateMismatch') || attempt === attempts) throw error
    }
  }
}
