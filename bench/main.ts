// `npm run bench`: what our server costs, beside the floor of IMAP and beside imapflow, on one Dovecot in one run. Options: --inbox 100000,
// --people 16, --ms 2000 (per measurement), --only ACTION.

import { parseArgs } from 'node:util'
import { costOfActions, type NamedCost, type Times, throughput, timeAction } from './measure.ts'
import { measureMemory } from './memory.ts'
import { openStage, type Stage } from './stage.ts'
import { floor } from './ways/floor.ts'
import { imapflow } from './ways/imapflow.ts'
import { jmap } from './ways/jmap.ts'
import { type Action, actions, actionTexts, type Way } from './ways/way.ts'

const { values } = parseArgs({
  options: {
    inbox: { type: 'string', default: '100000' },
    people: { type: 'string', default: '16' },
    ms: { type: 'string', default: '2000' },
    only: { type: 'string' },
  },
})
const wanted = values.only ? actions.filter((action) => action === values.only) : actions
const forMs = Number(values.ms)

type Result = Times & { perSecond: number }

async function measureWay(stage: Stage, way: Way): Promise<Record<Action, Result>> {
  const person = await way.open(stage, stage.large)
  const times: Partial<Record<Action, Times>> = {}
  for (const action of wanted) times[action] = await timeAction(person.act[action], forMs)
  await person.close()
  const people = await Promise.all(stage.people.map((address) => way.open(stage, address)))
  const results: Partial<Record<Action, Result>> = {}
  for (const action of wanted)
    results[action] = { ...(times[action] as Times), perSecond: await throughput(people, action, forMs) }
  for (const one of people) await one.close()
  return results as Record<Action, Result>
}

function print(results: Readonly<Record<string, Record<Action, Result>>>, costs: Record<Action, NamedCost>): void {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0))
  const cell = ({ p50Ms, p99Ms, perSecond }: Result) => `${ms(p50Ms)} / ${ms(p99Ms)} / ${perSecond.toFixed(0)}`
  const ratio = (ours: number, theirs: number) => `${(ours / theirs).toFixed(2)}`
  console.log(
    `\nEach: p50 ms / p99 ms / requests per second at ${stage.people.length} users. Ratio: our p50 to theirs, less than 1 is faster.\n`,
  )
  console.log(row(['action', ...Object.keys(results), '× floor', '× imapflow']))
  console.log(row(['---', ...Object.keys(results).map(() => '---:'), '---:', '---:']))
  for (const action of wanted) {
    const of = (way: string) => (results[way] as Record<Action, Result>)[action]
    const ours = of('paquebot')
    console.log(
      row([
        actionTexts[action],
        ...Object.keys(results).map((way) => cell(of(way))),
        ratio(ours.p50Ms, of('floor').p50Ms),
        ratio(ours.p50Ms, of('imapflow').p50Ms),
      ]),
    )
  }
  console.log(`\n${row(['action, ours, warm', 'IMAP commands', 'SQL statements', 'bytes to and from IMAP'])}`)
  console.log(row(['---', '---', '---:', '---:']))
  for (const action of wanted) {
    const { names, statements, bytes } = costs[action]
    const shown = Object.entries(names).map(([name, count]) => `${count} ${name}`)
    console.log(row([actionTexts[action], shown.join(', ') || '0', String(statements), String(bytes)]))
  }
}

const say = (line: string) => console.log(`  ${line}`)
const stage = await openStage({ inbox: Number(values.inbox), people: Number(values.people) }, say)
try {
  const results: Record<string, Record<Action, Result>> = {}
  for (const way of [jmap, floor, imapflow]) {
    say(`measuring ${way.name}`)
    results[way.name] = await measureWay(stage, way)
  }
  say('counting costs')
  const person = await jmap.open(stage, stage.large)
  const costs = await costOfActions(stage, person, wanted)
  await person.close()
  print(results, costs)
  if (!values.only) {
    const { bytesPerPerson, people } = await measureMemory(stage)
    console.log(`\nMemory per signed-in idle person (of ${people}): ${(bytesPerPerson / 1_000).toFixed(0)} kB\n`)
  }
} finally {
  await stage.close()
}
