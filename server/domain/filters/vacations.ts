// The absence (RFC 8621 §8), in our script.

import { changeOurScript, findOurScript, stateOf } from './our-script.ts'
import { type SieveDeps, withSieve } from './sieve-session.ts'
import type { Vacations } from './types.ts'

export function openVacations(deps: SieveDeps): Vacations {
  return {
    get: (caller) =>
      withSieve(deps, caller, async (session) => {
        const { vacation } = (await findOurScript(session)).ours
        return { vacation, state: stateOf(vacation) }
      }),
    change: (caller, change) =>
      withSieve(deps, caller, async (session) => {
        let after = (await findOurScript(session)).ours.vacation
        await changeOurScript(session, caller, ({ ours }) => {
          after = change(ours.vacation)
          return { ours: { rules: ours.rules, vacation: after }, activates: after.isEnabled }
        })
        return after
      }),
  }
}
