// `node bench/paired.ts`: the small actions of one person, warm, all ways in turn within one run, so that whatever else the machine does
// falls on all alike. Beside the floor of IMAP stands that of HTTP (echo-process.ts), with requests and replies of the same size; the node
// speaks with Dovecot itself, not through the proxy that counts. Options: --rounds 300, --inbox 40000 (twenty times what each person has), --against FOLDER (another checkout,
// measured as «before»), --profile FOLDER (CPU profile of the node).

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { openStage, type Stage } from './stage.ts'
import { floor } from './ways/floor.ts'
import { jmap } from './ways/jmap.ts'
import type { Person } from './ways/way.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    inbox: { type: 'string', default: '40000' },
    against: { type: 'string' },
    profile: { type: 'string' },
    only: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
/** Until what is measured is compiled, on all sides. */
const warmUps = 1_000
const measured = ['list', 'page', 'open', 'flag'] as const
type Measured = (typeof measured)[number]
type Act = () => Promise<void>

/** Octets of request and reply, as our way has them (bench/ways/jmap.ts). */
const sizes: Readonly<Record<Measured, readonly [up: number, down: number]>> = {
  list: [480, 22_000],
  page: [500, 22_000],
  open: [420, 3_500],
  flag: [300, 260],
}

interface Child {
  readonly url: string
  stop(): Promise<void>
}

async function start(script: string, args: readonly string[], execArgv: readonly string[] = []): Promise<Child> {
  const child: ChildProcess = fork(script, args, { execArgv: [...execArgv], stdio: 'inherit' })
  const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])])) as [
    { readonly url: string } | null,
  ]
  if (answer === null) throw new Error(`${script} ended`)
  return {
    url: answer.url,
    async stop() {
      const ended = once(child, 'exit')
      if (script.includes('node-process')) child.send('stop')
      else child.disconnect()
      await ended
    },
  }
}

async function startOwn(stage: Stage, root: string, dataDir: string, execArgv: readonly string[]): Promise<Child> {
  const options = {
    http: { listen: '127.0.0.1:0' },
    data: { dir: dataDir },
    session: { failuresPerRemote: 1000 },
    mailServers: {
      imap: `imap+insecure://127.0.0.1:${stage.dovecot.imapPort}`,
      smtp: `smtp+insecure://127.0.0.1:${stage.submission.port}`,
    },
  }
  return await start(join(root, 'bench/node-process.ts'), [JSON.stringify(options)], execArgv)
}

function echo(url: string): Record<Measured, Act> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = (up: number, down: number) =>
    new Promise<void>((done, reject) => {
      const body = JSON.stringify({ using: [], methodCalls: 'x'.repeat(Math.max(0, up - 30)) })
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      const sent = request(`${url}/echo?bytes=${down}`, { agent, method: 'POST', headers }, (reply) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => chunks.push(chunk))
        reply.on('error', reject)
        reply.on('end', () => {
          JSON.parse(Buffer.concat(chunks).toString())
          done()
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return Object.fromEntries(measured.map((action) => [action, () => post(...sizes[action])])) as Record<Measured, Act>
}

async function measure(act: Act, times: number[]): Promise<void> {
  const from = performance.now()
  await act()
  times.push(performance.now() - from)
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number

async function main(): Promise<void> {
  // A mailbox each, the same in all: what one way changes would be news to the others.
  const stage = await openStage({ inbox: Number(values.inbox), people: 3 })
  const [own, others, bareOwner] = stage.people as readonly [string, string, string]
  const children: Child[] = []
  const folders: string[] = []
  const persons: Person[] = []
  try {
    const open = async (root: string, address: string, execArgv: readonly string[] = []) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'pq-paired-'))
      folders.push(dataDir)
      const child = await startOwn(stage, root, dataDir, execArgv)
      children.push(child)
      const person = await jmap.open({ ...stage, url: child.url }, address)
      persons.push(person)
      return person.act
    }
    const ways: Record<string, Readonly<Record<Measured, Act>>> = {}
    if (values.against !== undefined) ways.before = await open(resolve(values.against), others)
    const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
    ways.paquebot = await open(join(import.meta.dirname, '..'), own, profile)
    const bare = await floor.open(stage, bareOwner)
    persons.push(bare)
    ways.imap = bare.act
    const echoing = await start(join(import.meta.dirname, 'echo-process.ts'), [])
    children.push(echoing)
    ways.http = echo(echoing.url)

    console.log(`\n| action | ${Object.keys(ways).join(' ms | ')} ms | × imap | × (imap + http) |`)
    console.log(`| --- |${' ---: |'.repeat(Object.keys(ways).length + 2)}`)
    for (const action of values.only === undefined ? measured : measured.filter((one) => one === values.only)) {
      const times = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]))
      for (let round = 0; round < rounds + warmUps; round++) {
        if (round === warmUps) for (const list of Object.values(times)) list.length = 0
        for (const [name, way] of Object.entries(ways)) await measure(way[action], times[name] as number[])
      }
      const p50 = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])) as Record<
        string,
        number
      >
      const of = (name: string) => p50[name] as number
      // A list with a true index asks the mail server nothing.
      const least = of('http') + (action === 'list' ? 0 : of('imap'))
      const cells = Object.keys(ways).map((name) => of(name).toFixed(2))
      const ratios = [of('paquebot') / of('imap'), of('paquebot') / least].map((ratio) => ratio.toFixed(2))
      console.log(`| ${action} | ${[...cells, ...ratios].join(' | ')} |`)
    }
  } finally {
    for (const person of persons) await person.close()
    for (const child of children) await child.stop()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
    await stage.close()
  }
}

await main()
