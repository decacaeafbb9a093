// `paquebot blob stores|drain|retire|make|check|repair`: what an operator and his scripts do with the stores. Works beside running nodes,
// from any machine that has their configuration.

import { setTimeout as sleep } from 'node:timers/promises'
import { type BlobStores, openBlobStores } from '#boot/blob-stores.ts'
import { blobReportLines, checkBlobs } from '#boot/check-blobs.ts'
import { openDatabase } from '#boot/database.ts'
import { moveAll } from '#boot/move-blobs.ts'
import { openNodePlugins } from '#boot/plugins.ts'
import type { Config } from '#config/load.ts'
import { systemClock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { statusMs } from '#drivers/blob/spread.ts'

export const blobHelp = `paquebot blob stores               the stores, what each is doing and holds
paquebot blob drain NAME           no new blobs for it, and what it holds is moved to the others
paquebot blob activate NAME        takes a drain back
paquebot blob retire NAME          after a drain: it is not asked any more, for good; then leave it out of the configuration
paquebot blob make NAME            marks the folder of a store of kind fs that was lost or is new under an old name
paquebot blob check [--deep]       compares what is referred to with what is there; --deep reads every octet of every copy
paquebot blob repair [--deep]      the same, and mends from another copy what is missing or damaged

Each takes --json and the options of paquebot. Exit code: 0 all is well, 1 something is missing, damaged or left, 64 usage, 69 unavailable.
`

const verbs = ['stores', 'drain', 'activate', 'retire', 'make', 'check', 'repair'] as const
type Verb = (typeof verbs)[number]
const named: readonly Verb[] = ['drain', 'activate', 'retire', 'make']

/** What stands on the command line besides the options of all commands. */
export interface BlobCommand {
  readonly verb: Verb
  readonly name: string | null
  readonly isDeep: boolean
  readonly isJson: boolean
}

/** Null where it is not understood; `rest` is for readOptions. */
export function readBlobCommand(args: readonly string[]): { command: BlobCommand; rest: readonly string[] } | null {
  const words = args.filter((word) => word !== '--deep' && word !== '--json')
  const verb = words[0] as Verb
  if (!verbs.includes(verb)) return null
  const name = named.includes(verb) ? (words[1] ?? null) : null
  if (named.includes(verb) && (name === null || name.startsWith('-'))) return null
  const command = { verb, name, isDeep: args.includes('--deep'), isJson: args.includes('--json') }
  return { command, rest: words.slice(name === null ? 1 : 2) }
}

export interface BlobCommandDeps {
  readonly config: Config
  readonly log: Log
  readonly print: (line: string) => void
  /** Progress and faults, beside what is printed. */
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

export async function runBlob(deps: BlobCommandDeps, command: BlobCommand): Promise<number> {
  const { config, log, print, tell, signal } = deps
  const clock = systemClock
  const makeAnew = command.verb === 'make' ? (command.name ?? undefined) : undefined
  const database = await openDatabase({ config, log })
  const stores = await openBlobStores({ config, sql: database.sql, clock, log, makeAnew })
  try {
    if (command.verb === 'stores') return await printStores(stores, command.isJson, print)
    if (command.verb !== 'check' && command.verb !== 'repair')
      return await changeStore({ print, tell, signal }, stores, command)
    const plugins = await openNodePlugins({ config, sql: database.sql, clock, log })
    try {
      const blobs = await plugins.provided.blobStore(stores.blobs)
      const { isDeep } = command
      const mayRepair = command.verb === 'repair'
      const report = await checkBlobs({ stores, blobs, sql: database.sql.for(), isDeep, mayRepair, signal })
      print(command.isJson ? JSON.stringify(report) : blobReportLines(report).join('\n'))
      return report.isWell ? 0 : 1
    } finally {
      await plugins.close()
    }
  } finally {
    await stores.close()
    await database.sql.close()
  }
}

async function printStores(blobStores: BlobStores, isJson: boolean, print: (line: string) => void): Promise<number> {
  await blobStores.places.measure()
  const status = await blobStores.places.status()
  const stores = blobStores.top.map((store) => {
    const known = status.get(store.name)
    // A store that is alone keeps no count: there is nothing to choose.
    const isCounted = blobStores.spread !== null
    return {
      ...store,
      state: known?.state ?? 'active',
      usedBytes: isCounted ? (known?.usedBytes ?? 0) : null,
      usedBlobs: isCounted ? (known?.usedBlobs ?? 0) : null,
    }
  })
  const names = new Set([...stores.map((store) => store.name), ...blobStores.members])
  const foreign = [...status.values()].filter((known) => !names.has(known.name) && known.state !== 'retired')
  if (isJson) {
    print(JSON.stringify({ stores, notConfigured: foreign.map((known) => known.name) }))
    return foreign.length > 0 ? 1 : 0
  }
  for (const store of stores) {
    const room = store.capacityBytes > 0 ? ` of ${store.capacityBytes}` : ''
    const used = store.usedBytes === null ? '' : `  ${store.usedBlobs} blobs, ${store.usedBytes}${room} octets`
    print(`${store.name}  ${store.kind}  ${store.state}  weight ${store.weight}${used}`)
  }
  for (const known of foreign)
    print(`${known.name}  NOT CONFIGURED HERE  ${known.state}  ${known.usedBlobs} blobs, ${known.usedBytes} octets`)
  return foreign.length > 0 ? 1 : 0
}

async function changeStore(
  { print, tell, signal }: Pick<BlobCommandDeps, 'print' | 'tell' | 'signal'>,
  { places, spread, top }: BlobStores,
  { verb, name: given, isJson }: BlobCommand,
): Promise<number> {
  const name = given ?? ''
  const say = (text: string, more: Record<string, unknown> = {}) =>
    print(isJson ? JSON.stringify({ store: name, ...more, text }) : text)
  if (verb === 'make') {
    say(`${name} is marked; blob repair brings its copies back where it is part of a redundant store`)
    return 0
  }
  if (!spread || !top.some((store) => store.name === name)) {
    tell(spread ? `there is no store ${name} that takes new blobs` : 'there is only one store: nothing can be moved')
    return 64
  }
  if (verb === 'activate') {
    await places.setState(name, 'active')
    say(`${name} is active`)
    return 0
  }
  const status = await places.status()
  const isLast = !top.some(
    (store) => store.name !== name && store.weight > 0 && status.get(store.name)?.state === 'active',
  )
  if (isLast) {
    tell(`${name} is the last store that takes new blobs: add another one first`)
    return 64
  }
  if (verb === 'retire' && status.get(name)?.state === 'active') {
    tell(`${name} is active: drain it first`)
    return 64
  }
  await places.setState(name, 'draining').catch((error) => {
    if (!isFailure(error, 'conflict')) throw error // Retired already: what may have come in meanwhile is moved all the same.
  })
  const onProgress = ({ moved, failed }: { moved: number; failed: number }) =>
    tell(`${moved} moved${failed > 0 ? `, ${failed} could not be moved` : ''}`)
  const moved = await moveAll({ stores: spread, name, signal, isThorough: true, onProgress })
  if (moved.failed > 0) {
    say(`${moved.failed} blobs are still in ${name}: the log says why`, { ...moved, state: 'draining' })
    return 1
  }
  if (verb === 'drain') {
    say(`${name} is drained: ${moved.moved} blobs moved; retire it next`, { ...moved, state: 'draining' })
    return 0
  }
  await places.setState(name, 'retired')
  // By then every node knows; what one wrote just before has its row.
  await sleep(2 * statusMs)
  const late = await moveAll({ stores: spread, name, signal, isThorough: false })
  if (late.failed > 0) {
    say(`${late.failed} blobs are still in ${name}: the log says why`, { ...late, state: 'retired' })
    return 1
  }
  say(`${name} is retired; leave it out of the configuration`, { ...moved, state: 'retired' })
  return 0
}
