// The absence (RFC 8621 §8) as a Sieve script of our own beside the person's: docs/adr/2026-11-22-vacation-script.md.
//
// Enabled: our script is the active one; it answers, then includes the script that was active before. Disabled: that one is active
// again, and ours stays, inactive, as the memory of the text. The person's scripts are never written.

import { createHash } from 'node:crypto'
import { Failure, isFailure } from '#core/errors.ts'
import { makeVacationScript, readVacationScript, type VacationScript } from '#formats/sieve/vacation.ts'
import type { FilterSession } from '#ports/filter-store.ts'
import { type SieveDeps, withSieve } from './sieve-session.ts'
import type { VacationContent, Vacations } from './types.ts'

/** The name under which it stands on the server. */
export const vacationScriptName = 'paquebot'

const attempts = 3
const none: VacationContent = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}

interface Found {
  readonly content: VacationContent
  /** Our script as it stands; null when there is none. */
  readonly script: VacationScript | null
  /** The active script, if it is the person's. */
  readonly active: string | null
}

async function find(session: FilterSession): Promise<Found> {
  const scripts = await session.list()
  const active = scripts.find(({ isActive }) => isActive)?.name ?? null
  if (!scripts.some(({ name }) => name === vacationScriptName)) return { content: none, script: null, active }
  const script = readVacationScript(await session.get(vacationScriptName))
  // A script of our name that we did not make is somebody's work.
  if (!script)
    throw new Failure('alreadyExists', { description: `A script named ${vacationScriptName} is in the way.` })
  const isEnabled = active === vacationScriptName
  return { content: { ...script.vacation, isEnabled }, script, active: isEnabled ? null : active }
}

export async function assertNoVacation(session: FilterSession, name: string): Promise<void> {
  // RFC 5230 §4.7: a second vacation in one run is an error, and an error at delivery would turn all filters off unheard.
  const source = await session.get(name)
  const code = source.replace(/"(?:[^"\\]|\\.)*"|#[^\n]*|\/\*[\s\S]*?\*\//g, (text) =>
    text.startsWith('"') ? text : ' ',
  )
  if (/"vacation(-seconds)?"/.test(code)) {
    throw new Failure('unsupported', { description: `Your filter script "${name}" already answers by itself.` })
  }
}

export function openVacations(deps: SieveDeps): Vacations {
  return {
    get: (caller) =>
      withSieve(deps, caller, async (session) => {
        const { content } = await find(session)
        return { vacation: content, state: stateOf(content) }
      }),
    change: (caller, change) =>
      withSieve(deps, caller, async (session) => {
        for (let attempt = 1; ; attempt++) {
          const before = await find(session)
          const after = change(before.content)
          const include = before.active ?? (before.content.isEnabled ? (before.script?.include ?? null) : null)
          const { isEnabled, ...vacation } = after
          if (isEnabled && include !== null) {
            if (!session.info.extensions.includes('include')) {
              throw new Failure('unsupported', {
                description: 'The mail server cannot combine the absence with your filters.',
              })
            }
            if (await exists(session, include)) await assertNoVacation(session, include)
          }
          await session.put(vacationScriptName, makeVacationScript({ vacation, include }, [caller.address]))
          try {
            if (isEnabled) await session.activate(vacationScriptName)
            else if (before.content.isEnabled) await session.activate((await exists(session, include)) ? include : null)
          } catch (error) {
            // Renamed or deleted by another client in this moment: looked at anew.
            if (!isFailure(error, 'notFound') || attempt === attempts) throw error
            continue
          }
          return after
        }
      }),
  }
}

async function exists(session: FilterSession, name: string | null): Promise<boolean> {
  return name !== null && (await session.list()).some((script) => script.name === name)
}

export function stateOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)
}
