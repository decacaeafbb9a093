// `npm run lab -- up|status|down|run`: the cluster in network namespaces on this machine, and what happens when parts of it break.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clusterDocName, tryClusterDoc } from './documents/cluster-doc.ts'
import { type Pace, type Result, runScenarios, usualPace } from './judge/runner.ts'
import type { Scenario } from './judge/scenario.ts'
import { describe, summarize } from './judge/summary.ts'
import { assertMachine, checkout, type Lab, labOf, listHosts, listLabs, razeLab } from './net/lab.ts'
import { scenarios } from './scenarios/index.ts'
import { type Cluster, type ClusterSettings, defaultSettings, openCluster, readSettings } from './topologies/cluster.ts'
import { databases } from './topologies/databases.ts'
import { floating, webName } from './topologies/plan.ts'
import { raiseCluster } from './topologies/up.ts'

const usage = `npm run lab -- COMMAND [options]

  up                    brings the cluster up and leaves it running
  status                what runs
  down                  ends every lab of this checkout
  run SCENARIO…|all     plays scenarios; brings the lab up first where it is not, and ends what it brought up
  list                  the scenarios
                        cluster-doc does what docs/run/cluster.md says, in a lab of its own
  table                 the last result of each, as Markdown

  --database KIND       ${Object.keys(databases).join(', ')} (${defaultSettings.database})
  --sessions KIND       redis, memcached, sql (${defaultSettings.sessions})
  --people N            simulated people (${defaultSettings.people})
  --pause MS            mean pause of a person between two actions (${usualPace.pauseMs})
  --keep                leave the lab up after run
`

const resultsDir = join(checkout, 'lab/results')
const say = (line: string) => console.log(line)

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      database: { type: 'string', default: defaultSettings.database },
      sessions: { type: 'string', default: defaultSettings.sessions },
      people: { type: 'string', default: String(defaultSettings.people) },
      pause: { type: 'string', default: String(usualPace.pauseMs) },
      keep: { type: 'boolean', default: false },
    },
  })
  const [command, ...names] = positionals
  const lab = labOf()
  const settings = readOptions(values)
  switch (command) {
    case 'up':
      assertMachine()
      await razeLeftovers(lab)
      await raiseCluster(lab, settings, say)
      say(`https://${webName} is at ${floating.web}, inside the lab; \`npm run lab -- status\` shows what runs`)
      return 0
    case 'down':
      assertMachine()
      for (const name of new Set(['main', ...listLabs()])) await razeLab(labOf(name))
      return 0
    case 'status':
      return await status(lab)
    case 'list':
      for (const { name, title } of scenarios) say(`${name.padEnd(18)} ${title}`)
      return 0
    case 'table':
      say(summarize(lastResults()))
      return 0
    case 'run':
      assertMachine()
      return await runChosen(
        names,
        async (chosen) => runAll(lab, settings, chosen, { ...usualPace, pauseMs: Number(values.pause) }, values.keep),
        values.keep,
      )
    default:
      say(usage)
      return command === undefined || command === 'help' ? 0 : 2
  }
}

function readOptions(values: { database: string; sessions: string; people: string }): ClusterSettings {
  const { database, sessions } = values
  if (!(database in databases)) throw new Error(`--database: one of ${Object.keys(databases).join(', ')}`)
  if (!['redis', 'memcached', 'sql'].includes(sessions)) throw new Error('--sessions: redis, memcached or sql')
  return { database, sessions, people: Number(values.people) } as ClusterSettings
}

/** cluster-doc has a lab of its own, with no crowd. */
async function runChosen(
  names: readonly string[],
  runCrowd: (chosen: readonly Scenario[]) => Promise<number>,
  keep: boolean,
): Promise<number> {
  const others = names.filter((name) => name !== clusterDocName)
  const hasDocument = others.length < names.length || names.includes('all')
  const code = others.length > 0 || !hasDocument ? await runCrowd(choose(others)) : 0
  if (hasDocument) await tryClusterDoc(say, keep)
  return code
}

function choose(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) throw new Error('run what? A scenario, several, or all')
  if (names.includes('all')) return scenarios
  return names.map((name) => {
    const found = scenarios.find((one) => one.name === name)
    if (!found)
      throw new Error(`there is no scenario ${name}; there are ${scenarios.map((one) => one.name).join(', ')}`)
    return found
  })
}

/** A lab without settings, or without hosts, is what a killed command has left. */
async function razeLeftovers(lab: Lab): Promise<void> {
  if (listHosts(lab).size > 0 && !readSettings(lab)) await razeLab(lab)
}

async function status(lab: Lab): Promise<number> {
  const settings = readSettings(lab)
  const hosts = listHosts(lab)
  if (!settings || hosts.size === 0) {
    say('The lab is down.')
    return 1
  }
  const cluster = openCluster(lab, settings)
  say(`${settings.database}, sessions in ${settings.sessions}, ${settings.people} people; logs in ${lab.logDir}`)
  for (const name of cluster.hostNames) {
    const host = cluster.host(name)
    const services = host.isUp()
      ? await Promise.all(
          cluster.services(name).map(async (service) => {
            const isWell = await service.check(host).then(
              () => true,
              () => false,
            )
            return `${service.name}${isWell ? '' : ' (down)'}`
          }),
        )
      : ['off']
    say(`${name.padEnd(8)} ${host.address.padEnd(13)} ${services.join(', ')}`)
  }
  return 0
}

/** The newest of each scenario, in their order. */
function lastResults(): readonly Result[] {
  const files = readdirSync(resultsDir).filter((file) => file.endsWith('.json'))
  const results = files.sort().map((file) => JSON.parse(readFileSync(join(resultsDir, file), 'utf8')) as Result)
  return scenarios.flatMap(({ name }) => results.findLast(({ scenario }) => scenario === name) ?? [])
}

async function runAll(
  lab: Lab,
  settings: ClusterSettings,
  chosen: readonly Scenario[],
  pace: Pace,
  keep: boolean,
): Promise<number> {
  const results: Result[] = []
  mkdirSync(resultsDir, { recursive: true })
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const onResult = (result: Result) => {
    results.push(result)
    say(describe(result))
    writeFileSync(join(resultsDir, `${stamp}-${result.scenario}.json`), `${JSON.stringify(result, null, 1)}\n`)
  }
  // Scenarios that want the same cluster share it, and the people stay signed in over all of them.
  const started = performance.now()
  const groups = Map.groupBy(chosen, ({ needs }) => JSON.stringify({ ...settings, ...needs }))
  for (const [wanted, group] of groups) {
    const cluster = await raiseOrReuse(lab, JSON.parse(wanted) as ClusterSettings)
    try {
      await runScenarios(cluster, group, pace, onResult)
    } finally {
      if (!keep) await razeLab(lab)
    }
  }
  const took = Math.round((performance.now() - started) / 1000)
  const summary = `${summarize(results)}\n${results.length} scenarios in ${Math.floor(took / 60)} min ${took % 60} s, ${groups.size} clusters brought up\n`
  writeFileSync(join(resultsDir, `${stamp}-summary.md`), summary)
  say(summary)
  return results.some(({ missed }) => missed.length > 0) ? 1 : 0
}

async function raiseOrReuse(lab: Lab, settings: ClusterSettings): Promise<Cluster> {
  const running = listHosts(lab).size > 0 ? readSettings(lab) : undefined
  if (running && JSON.stringify(running) === JSON.stringify(settings)) return openCluster(lab, settings)
  await razeLab(lab)
  return await raiseCluster(lab, settings, say)
}

try {
  process.exitCode = await main()
} catch (error) {
  for (let reason: unknown = error; reason instanceof Error; reason = reason.cause) console.error(reason.message)
  process.exitCode = 1
}
