// The door of filters: the absence, rules, and Sieve scripts, all kept on the person's own mail server through ManageSieve. What we keep
// is which id a script's name has.

import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { FilterStoreInfo } from '#ports/filter-store.ts'
import { openRules, type RulesDeps } from './rules.ts'
import { openScripts, type ScriptsDeps } from './scripts.ts'
import { withSieve } from './sieve-session.ts'
import type { Filters } from './types.ts'
import { openVacations } from './vacations.ts'

export type { FilterTables } from './tables.ts'
export {
  type Filters,
  type Rules,
  type RulesContent,
  type Scripts,
  scriptLimits,
  type VacationContent,
  type Vacations,
} from './types.ts'

export interface FiltersDeps extends ScriptsDeps, RulesDeps {
  readonly clock: Clock
  readonly log: Log
}

const keepMs = 600_000
const keepFailureMs = 30_000
const timeoutMs = 3000

export function openFilters(deps: FiltersDeps): Filters {
  const kept = new Map<string, { readonly until: number; readonly info: FilterStoreInfo | null }>()
  return {
    vacations: openVacations(deps),
    rules: openRules(deps),
    scripts: openScripts(deps),
    async isOffered(caller: Caller) {
      return (await deps.directory.route(caller.address, caller.signal)).sieve !== null
    },
    async info(caller) {
      const { sieve } = await deps.directory.route(caller.address, caller.signal)
      if (!sieve) return null
      const key = `${sieve.host}:${sieve.port}`
      const held = kept.get(key)
      if (held && held.until > deps.clock.now()) return held.info
      try {
        // Sign-in waits for this: a server that hangs must not hold it up.
        const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(timeoutMs)])
        const info = await withSieve(deps, { ...caller, signal }, async (session) => session.info)
        kept.set(key, { until: deps.clock.now() + keepMs, info })
        return info
      } catch (error) {
        deps.log.warn('filters.info', { server: key, code: toFailure(error).code })
        kept.set(key, { until: deps.clock.now() + keepFailureMs, info: null })
        return null
      }
    },
  }
}
