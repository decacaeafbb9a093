// Our script beside the person's, on their mail server: docs/adr/2026-12-01-rules-in-our-script.md.
//
// While it has anything to do it is the active one, and includes the script that was active before. When it has not, that one is active
// again, and ours stays, inactive, as the memory of what was typed. The person's scripts are never written.

import { createHash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { noRules } from '#formats/sieve/filter-rules.ts'
import { isNeeded, makeOurScript, type OurScript, readOurScript } from '#formats/sieve/our-script.ts'
import type { FilterSession } from '#ports/filter-store.ts'

/** The name under which it stands on the server. */
export const ourScriptName = 'paquebot'

const attempts = 3
const nothing: OurScript = {
  vacation: { isEnabled: false, fromDate: null, toDate: null, subject: null, textBody: null, htmlBody: null },
  rules: noRules,
  include: null,
}

export interface Found {
  /** Empty when there is none. `vacation.isEnabled` is whether it answers now: an inactive script does not. */
  readonly ours: OurScript
  readonly isActive: boolean
  /** The active script, if it is the person's. */
  readonly active: string | null
}

export async function findOurScript(session: FilterSession): Promise<Found> {
  const scripts = await session.list()
  const active = scripts.find(({ isActive }) => isActive)?.name ?? null
  if (!scripts.some(({ name }) => name === ourScriptName)) return { ours: nothing, isActive: false, active }
  const ours = readOurScript(await session.get(ourScriptName))
  // A script of our name that we did not make, or that was edited elsewhere, is somebody's work.
  if (!ours) {
    throw new Failure('alreadyExists', {
      description: `The script ${ourScriptName} on the mail server was written or changed by another program.`,
    })
  }
  const isActive = active === ourScriptName
  const isEnabled = isActive && ours.vacation.isEnabled
  return { ours: { ...ours, vacation: { ...ours.vacation, isEnabled } }, isActive, active: isActive ? null : active }
}

export interface OurChange {
  readonly ours: Pick<OurScript, 'vacation' | 'rules'>
  /** Made active even if another program has made another script so: what was asked for must happen. */
  readonly activates: boolean
}

/** Reads, changes and writes it, and sees to which script is active. unsupported, alreadyExists, and what the store throws. */
export async function changeOurScript(
  session: FilterSession,
  caller: Caller,
  change: (before: Found) => OurChange | Promise<OurChange>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await findOurScript(session)
    const { ours, activates } = await change(before)
    const runs = isNeeded(ours) && (before.isActive || activates)
    const include = before.active ?? (before.isActive ? before.ours.include : null)
    const { extensions } = session.info
    const { script, needs } = makeOurScript({ ...ours, include }, { addresses: [caller.address], extensions })
    if (runs) {
      if (include !== null && !extensions.includes('include')) {
        throw new Failure('unsupported', {
          description: 'The mail server cannot combine this with the filter script that you have there.',
        })
      }
      const missing = needs.filter((need) => !extensions.includes(need))
      if (missing.length > 0) {
        throw new Failure('unsupported', { description: `The mail server's Sieve lacks ${missing.join(', ')}.` })
      }
      if (ours.vacation.isEnabled && include !== null && (await exists(session, include))) {
        await assertNoVacation(session, include)
      }
    }
    await session.put(ourScriptName, script)
    try {
      if (runs) await session.activate(ourScriptName)
      else if (before.isActive) await session.activate((await exists(session, include)) ? include : null)
    } catch (error) {
      // Renamed or deleted by another client in this moment: looked at anew.
      if (!isFailure(error, 'notFound') || attempt === attempts) throw error
      continue
    }
    return
  }
}

async function assertNoVacation(session: FilterSession, name: string): Promise<void> {
  // RFC 5230 §4.7: a second vacation in one run is an error, and an error at delivery would turn all filters off unheard.
  const source = await session.get(name)
  const code = source.replace(/"(?:[^"\\]|\\.)*"|#[^\n]*|\/\*[\s\S]*?\*\//g, (text) =>
    text.startsWith('"') ? text : ' ',
  )
  if (/"vacation(-seconds)?"/.test(code)) {
    throw new Failure('unsupported', { description: `Your filter script "${name}" already answers by itself.` })
  }
}

async function exists(session: FilterSession, name: string | null): Promise<boolean> {
  return name !== null && (await session.list()).some((script) => script.name === name)
}

export function stateOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)
}
