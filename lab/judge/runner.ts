// Runs scenarios one after the other over one crowd that stays signed in: some load, the fault, some load, then a pause in which
// everything is checked. The result says what was aimed at and missed; a check that finds something is a miss like any other.

import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Crowd, startCrowd } from '../load/crowd.ts'
import type { Cluster } from '../topologies/cluster.ts'
import { type Checked, checkEverything } from './check.ts'
import { type Figures, figuresOf, missedAims } from './figures.ts'
import type { Moment, Scenario } from './scenario.ts'

export interface Result {
  readonly scenario: string
  readonly title: string
  readonly invariant: string
  readonly topology: string
  readonly startedAt: string
  readonly tookMs: number
  readonly moments: readonly Moment[]
  readonly figures: Figures
  readonly checked: Checked | null
  /** Empty: the aims were met and nothing was lost. */
  readonly missed: readonly string[]
  /** Of the machine, a minute's mean: what else it was doing is in the figures too. */
  readonly machineLoad: number
}

export interface Pace {
  /** Mean pause of a person between two actions. */
  readonly pauseMs: number
  readonly beforeMs: number
  readonly afterMs: number
}

export const usualPace: Pace = { pauseMs: 10_000, beforeMs: 3000, afterMs: 4000 }

export async function runScenarios(
  cluster: Cluster,
  scenarios: readonly Scenario[],
  pace: Pace,
  onResult: (result: Result) => void,
): Promise<void> {
  let crowd: Crowd | undefined
  try {
    const known = new Set<string>()
    crowd = await startCrowd(cluster, pace.pauseMs)
    for (const scenario of scenarios) {
      onResult(await runScenario(cluster, crowd, scenario, pace, known))
    }
  } finally {
    await crowd?.stop()
  }
}

async function runScenario(
  cluster: Cluster,
  crowd: Crowd,
  scenario: Scenario,
  pace: Pace,
  known: Set<string>,
): Promise<Result> {
  const startedAt = new Date()
  const moments: Moment[] = []
  const missed: string[] = []
  const mark = (what: string) => moments.push({ atMs: Date.now() - startedAt.getTime(), what })
  await sleep(pace.beforeMs)
  const faultAt = Date.now()
  try {
    await scenario.run({ cluster, mark, wait: (ms) => sleep(ms) })
  } catch (error) {
    missed.push(`the scenario could not be played: ${(error as Error).message}`)
    // The next one begins with a whole cluster.
    await cluster.makeWhole().catch((reason) => missed.push(`the cluster could not be made whole: ${reason.message}`))
  }
  mark('whole again')
  await sleep(pace.afterMs)
  const endedAt = Date.now()
  if (!(await crowd.pause())) missed.push('some actions came to no end within 120 s')
  const figures = figuresOf(crowd.entries(), faultAt, endedAt)
  let checked: Checked | null = null
  try {
    checked = await checkEverything(cluster, crowd)
  } catch (error) {
    missed.push(`the checks could not be made: ${(error as Error).message}`)
  }
  await crowd.resume()
  missed.push(...missedAims(figures, scenario.aims), ...(checked?.faults ?? []).filter((fault) => !known.has(fault)))
  // What was lost once is a miss of the scenario that lost it, not of every later one.
  for (const fault of checked?.faults ?? []) known.add(fault)
  const { database, sessions, people } = cluster.settings
  return {
    scenario: scenario.name,
    title: scenario.title,
    invariant: scenario.invariant,
    topology: `${database}, sessions in ${sessions}, ${people} people`,
    startedAt: startedAt.toISOString(),
    tookMs: Date.now() - startedAt.getTime(),
    moments,
    figures,
    checked,
    missed,
    machineLoad: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}
