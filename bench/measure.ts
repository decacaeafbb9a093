// Times and costs of actions.

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from './stage.ts'
import { type Action, actions, type Person } from './ways/way.ts'

export interface Times {
  readonly p50Ms: number
  readonly p99Ms: number
}

export async function timeAction(act: () => Promise<void>, forMs: number, warmUps = 3): Promise<Times> {
  for (let n = 0; n < warmUps; n++) await act()
  const times: number[] = []
  const until = performance.now() + forMs
  while (performance.now() < until || times.length < 10) {
    const from = performance.now()
    await act()
    times.push(performance.now() - from)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Requests per second of all these people, each acting again as soon as the last is done. */
export async function throughput(people: readonly Person[], action: Action, forMs: number): Promise<number> {
  await Promise.all(people.map((person) => person.act[action]()))
  let done = 0
  const from = performance.now()
  await Promise.all(
    people.map(async (person) => {
      while (performance.now() - from < forMs) {
        await person.act[action]()
        done++
      }
    }),
  )
  return (done * 1_000) / (performance.now() - from)
}

export interface ActionCost {
  readonly commands: number
  readonly bytes: number
  readonly statements: number
}

export interface NamedCost extends ActionCost {
  readonly names: Readonly<Record<string, number>>
}

/** Even, with those that warm up: a flag that is left set would cost the next run nothing. */
const ROUNDS = 6
/** What an action leaves to be done after its answer (the outbox) is its cost too. */
const SETTLE_MS: Partial<Record<Action, number>> = { send: 800, flag: 150 }

/** The least of several rounds: what a timer of the node adds now and then is not the action's. */
export async function costOfActions(
  stage: Stage,
  person: Person,
  wanted: readonly Action[] = actions,
): Promise<Record<Action, NamedCost>> {
  const costs: Partial<Record<Action, NamedCost>> = {}
  for (const action of wanted) {
    for (let round = -2; round < ROUNDS; round++) {
      await stage.takeCost()
      await person.act[action]()
      await sleep(SETTLE_MS[action] ?? 30)
      const { commands: names, bytesUp, bytesDown, statements } = await stage.takeCost()
      if (round < 0) continue // Warming up.
      const commands = Object.values(names).reduce((sum, count) => sum + count, 0)
      const cost = { commands, bytes: bytesUp + bytesDown, statements: statements.length, names }
      const best = costs[action]
      costs[action] =
        best === undefined
          ? cost
          : {
              ...(cost.commands < best.commands ? cost : best),
              bytes: Math.min(cost.bytes, best.bytes),
              statements: Math.min(cost.statements, best.statements),
            }
    }
  }
  return costs as Record<Action, NamedCost>
}
