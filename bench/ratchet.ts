// What each action may cost the mail server and the database: numbers that no machine changes. `node bench/ratchet.ts` measures them anew and
// writes bench/costs.json, for when they have fallen; tests/costs.test.ts fails when they have risen.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ActionCost, costOfActions, type NamedCost } from './measure.ts'
import { openStage } from './stage.ts'
import { jmap } from './ways/jmap.ts'
import { type Action, actions } from './ways/way.ts'

const INBOX = 2_000
/** Ids and dates differ in length from run to run, and which message is opened with the stage that was made. */
const BYTES_SLACK = 1.1
const BYTES_MORE: Partial<Record<Action, number>> = { open: 1_000, conversation: 2_000 }
/** Which of the pooled connections is free when the outbox works decides how many SELECTs it needs. */
const COMMANDS_SLACK: Partial<Record<Action, number>> = { send: 5 }
/** How far the outbox has come when the counting ends. */
const STATEMENTS_SLACK: Partial<Record<Action, number>> = { send: 21 }
const path = join(import.meta.dirname, 'costs.json')

export type Ratchet = Readonly<Record<Action, ActionCost>>

export async function readRatchet(): Promise<Ratchet> {
  return JSON.parse(await readFile(path, 'utf8'))
}

export async function measureRatchet(): Promise<Record<Action, NamedCost>> {
  const stage = await openStage({ inbox: INBOX, people: 0 })
  try {
    const person = await jmap.open(stage, stage.large)
    const costs = await costOfActions(stage, person)
    await person.close()
    return costs
  } finally {
    await stage.close()
  }
}

if (import.meta.main) {
  const costs = await measureRatchet()
  const entries = actions.map((action) => {
    const { commands, statements, bytes } = costs[action]
    return [
      action,
      {
        commands: commands + (COMMANDS_SLACK[action] ?? 0),
        statements: statements + (STATEMENTS_SLACK[action] ?? 0),
        bytes: Math.ceil((bytes * BYTES_SLACK) / 100) * 100 + (BYTES_MORE[action] ?? 0),
      },
    ]
  })
  await writeFile(path, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
}
