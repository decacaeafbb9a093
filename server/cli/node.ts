// `paquebot node list|status|drain|undrain [NAME …]`: the nodes as they tell of themselves in the database, and what is wanted of them. For
// scripts: `--json`, `--wait DURATION`, and exit codes that say what was found (docs/run/balancers.md).

import { openDatabase } from '#boot/database.ts'
import { types } from '#config/keys.ts'
import type { Config } from '#config/load.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { type NodeRecord, type Nodes, openNodes } from '#domain/nodes/index.ts'
import { openSqlClock } from '#drivers/clock/sql.ts'
import { eventualState, type WaitOutcome } from './node-wait.ts'

/** sysexits.h has 64, 66 and 75; the others are ours. */
export const nodeExitCodes = { ok: 0, draining: 3, unready: 4, lost: 5, usage: 64, unknown: 66, notYet: 75 } as const

export interface NodeCommand {
  readonly verb: 'list' | 'status' | 'drain' | 'undrain'
  readonly names: readonly string[]
  readonly isJson: boolean
  readonly waitMs: number
}

export const nodeHelp = `paquebot node list                   all nodes
paquebot node status NAME …          exit code 0 ready, 3 draining, 4 unready, 5 not heard from
paquebot node drain|undrain NAME …   out of the balancers' choice, or back in it; waits until the node says so

  --json            one JSON object a node and line
  --wait DURATION   how long drain and undrain wait (30 s); drain also until nothing is in flight. 75 when it is not so by then
`

const verbs = ['list', 'status', 'drain', 'undrain'] as const
const defaultWaitMs = 30_000

/** What is ours of the words after `node`, and the rest; null: they make no command. */
export function readNodeCommand(words: readonly string[]): { command: NodeCommand; rest: string[] } | null {
  const rest: string[] = []
  const own: string[] = []
  let isJson = false
  let waitMs = defaultWaitMs
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--json') isJson = true
    else if (word === '--wait') {
      try {
        waitMs = types.duration.read(words[++at])
      } catch {
        return null
      }
    } else if (word.startsWith('--')) {
      rest.push(word)
      if (!word.includes('=') && words[at + 1] !== undefined) rest.push(words[++at] as string)
    } else own.push(word)
  }
  const [verb = 'list', ...names] = own
  const known = verbs.find((one) => one === verb)
  if (!known || (known === 'list') !== (names.length === 0)) return null
  return { command: { verb: known, names, isJson, waitMs }, rest }
}

export async function runNode(config: Config, command: NodeCommand, print: (line: string) => void): Promise<number> {
  const { sql, isOfOneNode } = await openDatabase({ config, log: silentLog })
  const clock = openSqlClock({ log: silentLog })
  try {
    if (!isOfOneNode) await clock.follow(sql.for())
    const nodes = openNodes({ sql: sql.for(), clock, log: silentLog, instance: '' })
    return await run(nodes, command, print)
  } finally {
    clock.close()
    await sql.close()
  }
}

export async function run(nodes: Nodes, command: NodeCommand, print: (line: string) => void): Promise<number> {
  const { verb, names, waitMs } = command
  const show = (node: NodeRecord) => print(command.isJson ? JSON.stringify(shown(node)) : lineOf(node))
  if (verb === 'list') {
    for (const node of await nodes.list()) show(node)
    return nodeExitCodes.ok
  }
  const codes: number[] = []
  for (const name of names) {
    try {
      if (verb !== 'status') await nodes.want(name, verb === 'drain' ? 'drain' : 'serve')
    } catch (error) {
      if (!isFailure(error, 'notFound')) throw error
      print(command.isJson ? JSON.stringify({ name, state: 'unknown' }) : `${name}: there is no such node`)
      codes.push(nodeExitCodes.unknown)
      continue
    }
    const outcome: WaitOutcome = await eventualState(nodes, name, verb, verb === 'status' ? 0 : waitMs)
    if (outcome.node) show(outcome.node)
    else print(command.isJson ? JSON.stringify({ name, state: 'unknown' }) : `${name}: there is no such node`)
    codes.push(codeOf(outcome, verb))
  }
  return Math.max(...codes)
}

function codeOf({ node, isSo }: WaitOutcome, verb: NodeCommand['verb']): number {
  if (!node) return nodeExitCodes.unknown
  if (verb !== 'status') return isSo ? nodeExitCodes.ok : nodeExitCodes.notYet
  if (node.isLost) return nodeExitCodes.lost
  return { ready: nodeExitCodes.ok, draining: nodeExitCodes.draining, unready: nodeExitCodes.unready }[node.state]
}

function shown(node: NodeRecord) {
  const { startedAt, facts, ...rest } = node
  return { ...rest, state: node.isLost ? 'lost' : node.state, since: new Date(startedAt).toISOString(), ...facts }
}

function lineOf(node: NodeRecord): string {
  const { state, since, inFlight, streams, lagMs, schema } = shown(node)
  const wish = node.wanted === 'drain' && state !== 'draining' ? ' (is to drain)' : ''
  const load = `${inFlight} in flight, ${streams} streams, ${lagMs} ms late`
  const heard = `heard of ${(node.silentMs / 1000).toFixed(1)} s ago`
  return `${node.name}  ${state}${wish}  ${node.address}  ${node.version} (${schema})  since ${since}  ${load}  ${heard}`
}
