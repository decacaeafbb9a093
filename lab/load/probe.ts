// Two questions asked all the time, one after the other and never repeated: a read of mail and a write to the database. The longest time
// between two answers is how long the service was away.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from './actions.ts'
import type { Browser } from './browser.ts'
import type { ActionKind, Promised } from './journal.ts'

type Timed = (
  person: string,
  action: ActionKind,
  browser: Browser | null,
  run: (wish: (wish: Promised) => void) => Promise<void>,
) => Promise<void>

const everyMs = 200
const limitMs = 2000

export async function startProbes(person: Person, timed: Timed, isPaused: () => boolean): Promise<void> {
  const { browser } = person
  const { accountId, session } = browser.client
  let isStopped = false
  const ask = async (call: readonly [string, unknown]) => {
    const reply = await browser.fetch('/jmap/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls: [[...call, 'c']] }),
      signal: AbortSignal.timeout(limitMs),
    })
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`)
    const { methodResponses } = (await reply.json()) as {
      methodResponses: [string, { type?: string; notUpdated?: object }][]
    }
    const [name, result] = methodResponses[0] ?? ['error', {}]
    if (name === 'error') throw new Error(String(result.type))
    if (result.notUpdated) throw new Error(JSON.stringify(result.notUpdated))
  }
  const inbox = person.mailboxes.get('inbox')
  let n = 0
  const loop = async (action: ActionKind, call: () => readonly [string, unknown]) => {
    while (!isStopped) {
      await sleep(everyMs)
      if (!isPaused()) await timed(person.address, action, browser, () => ask(call()))
    }
  }
  process.stdin.once('end', () => (isStopped = true))
  void loop('probeRead', () => ['Email/query', { accountId, filter: { inMailbox: inbox }, limit: 1 }])
  void loop('probeWrite', () => ['Settings/set', { accountId, update: { probe: { value: { n: ++n } } } }])
}
