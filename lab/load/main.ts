// The people: a process on a host of its own, which reaches the cluster only through the floating address. It is told what to do by
// lines on its standard input (`pause`, `resume`, `verify`, `stop`) and answers with lines of JSON; what happened stands in the journal.

import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { chooseHabit, openPage, type Person, readSetting, writeSetting } from './actions.ts'
import { type Browser, openBrowser, reasonOf } from './browser.ts'
import { type ActionKind, openJournal, type Promised } from './journal.ts'
import { startProbes } from './probe.ts'

export interface LoadOptions {
  readonly origin: string
  readonly addresses: readonly string[]
  readonly password: string
  readonly journal: string
  /** Mean pause of a person between two actions. */
  readonly pauseMs: number
}

/** Asked of every node, past the balancers. */
export interface VerifyRequest {
  readonly nodes: readonly string[]
  readonly uploads: readonly { readonly person: string; readonly blobId: string; readonly sha256: string }[]
}

export interface Verified {
  /** What was wrong, a line each. */
  readonly faults: readonly string[]
  /** By person: the setting as each node reads it. */
  readonly settings: Readonly<Record<string, readonly (number | null)[]>>
}

const options = JSON.parse(process.env.LAB_LOAD ?? '{}') as LoadOptions
const journal = openJournal(options.journal)
const people: Person[] = []
let isPaused = false
let isStopped = false
let inFlight = 0

const say = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`)

async function timed(
  person: string,
  action: ActionKind,
  browser: Browser | null,
  run: (wish: (wish: Promised) => void) => Promise<void>,
) {
  const at = Date.now()
  const start = performance.now()
  const before = browser?.requests() ?? 0
  let wish: Promised | undefined
  const entry = (outcome: 'done' | 'failed', error?: string) =>
    journal.write({
      ...{ type: 'action', at, person, action, outcome, ms: Math.round(performance.now() - start) },
      ...{ requests: (browser?.requests() ?? 0) - before, wish, error },
    })
  inFlight++
  try {
    await run((one) => (wish = one))
    entry('done')
  } catch (error) {
    entry('failed', reasonOf(error).slice(0, 300))
  } finally {
    inFlight--
  }
}

async function arrive(address: string): Promise<Person> {
  const browser = await openBrowser({
    origin: options.origin,
    username: address,
    password: options.password,
    onLoggedOut: (detail) =>
      journal.write({ type: 'event', at: Date.now(), person: address, event: 'loggedOut', detail }),
    onStream: (event, detail) => journal.write({ type: 'event', at: Date.now(), person: address, event, detail }),
  })
  const others = options.addresses.filter((other) => other !== address)
  const person: Person = {
    address,
    browser,
    count: Math.floor(Date.now() / 1000),
    others,
    mailboxes: new Map(),
    identityId: '',
    seeds: [],
  }
  await openPage(person)
  // From here on the journal knows what the setting must be.
  await timed(address, 'setting', browser, async (wish) => {
    wish({ kind: 'setting', value: person.count })
    await writeSetting(browser, person.count)
  })
  return person
}

async function live(person: Person): Promise<void> {
  while (!isStopped) {
    await sleep(options.pauseMs * (0.5 + Math.random()))
    if (isPaused || isStopped) continue
    const [name, , action] = chooseHabit(Math.random())
    await timed(person.address, name, person.browser, (wish) => action(person, wish))
  }
}

async function verify({ nodes, uploads }: VerifyRequest): Promise<Verified> {
  const faults: string[] = []
  const settings: Record<string, (number | null)[]> = {}
  const queue = [...people]
  const byPerson = Map.groupBy(uploads, ({ person }) => person)
  const worker = async () => {
    for (let person = queue.shift(); person; person = queue.shift()) {
      const { address, browser } = person
      const seen: (number | null)[] = []
      for (const [index, node] of nodes.entries()) {
        const reply = await served(() => browser.fetch('/auth/session', {}, node)).catch((error) => reasonOf(error))
        if (typeof reply === 'string' || !reply.ok) {
          faults.push(`${address} is not signed in on ${node}: ${typeof reply === 'string' ? reply : reply.status}`)
        }
        seen.push(
          await asked(() => readSetting(browser, node)).catch((error) => {
            faults.push(`${address} on ${node}: ${reasonOf(error)}`)
            return null
          }),
        )
        // Each upload on one node, the next on the next: all of them on every node would be a load of its own.
        const own = (byPerson.get(address) ?? []).filter((_, n) => n % nodes.length === index)
        for (const { blobId, sha256 } of own) {
          const fault = await checkUpload(browser, blobId, sha256, node)
          if (fault) faults.push(`upload ${blobId} of ${address} on ${node}: ${fault}`)
        }
      }
      settings[address] = seen
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return { faults, settings }
}

/** A connection that was kept open may have died with its node: that says nothing about what is asked. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt >= 10) throw error
      await sleep(500)
    }
  }
}

/** A node that sends people elsewhere for a moment, which the balancers would have heard: that says nothing about what is asked either. */
async function served(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const reply = await asked(ask)
    if (reply.status !== 503 || attempt >= 20) return reply
    await sleep(500)
  }
}

async function checkUpload(browser: Browser, blobId: string, sha256: string, node: string): Promise<string | null> {
  try {
    const path = new URL(browser.client.downloadUrl(blobId, 'file.bin'), options.origin).pathname
    const reply = await served(() => browser.fetch(path, {}, node))
    if (!reply.ok) return `HTTP ${reply.status}`
    const bytes = new Uint8Array(await reply.arrayBuffer())
    return createHash('sha256').update(bytes).digest('hex') === sha256 ? null : 'other bytes than were uploaded'
  } catch (error) {
    return reasonOf(error)
  }
}

/** Resolves when nothing is on its way any more; false when that takes longer. */
async function settle(maxMs: number): Promise<boolean> {
  for (const end = Date.now() + maxMs; Date.now() < end; await sleep(50)) if (inFlight === 0) return true
  return false
}

const queue = [...options.addresses]
const refused: string[] = []
await Promise.all(
  Array.from({ length: 6 }, async () => {
    for (let address = queue.shift(); address; address = queue.shift()) {
      const person = address
      await timed(person, 'signIn', null, async () => {
        people.push(await arrive(person))
      })
    }
  }),
)
if (people.length < options.addresses.length)
  refused.push(`${options.addresses.length - people.length} could not sign in`)
const lives = people.map(live)
const probes = people[0] ? startProbes(people[0], timed, () => isPaused || isStopped) : undefined
say({ ready: people.length, refused })

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', argument = ''] = line.split(/ (.*)/s)
  if (command === 'pause') {
    isPaused = true
    say({ paused: await settle(120_000) })
  } else if (command === 'resume') {
    isPaused = false
    say({ resumed: true })
  } else if (command === 'verify') say(await verify(JSON.parse(argument) as VerifyRequest))
  else if (command === 'stop') break
}
isStopped = true
await probes
await Promise.race([Promise.all(lives), sleep(5000)])
process.exit(0)
