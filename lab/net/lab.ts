// A lab is one tree of processes: the rack (switch and disks) and below it the hosts, each in namespaces of its own. Nothing of it
// is named in the root namespace and nothing is written down: which labs and hosts there are is read from the kernel, so that
// `down` finds what a lab command that was killed has left.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from '#testing/servers/process.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A lab of this checkout. */
export interface Lab {
  readonly id: string
  /** On the machine's disk: logs and what `hosts` says. */
  readonly stateDir: string
  readonly logDir: string
}

const title = (id: string, host: string) => `paquebot-lab:${id}:${host}`
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const prefix = createHash('sha256').update(checkout).digest('hex').slice(0, 6)

/** Two checkouts never share a lab; `name` tells those of one checkout apart. */
export function labOf(name = 'main'): Lab {
  const id = `${prefix}-${name}`
  const stateDir = join(tmpdir(), `paquebot-lab-${id}`)
  return { id, stateDir, logDir: join(stateDir, 'log') }
}

/** Throws with what is missing; asked before anything is started. */
export function assertMachine(): void {
  if (process.platform !== 'linux') throw new Error('The lab needs Linux: it is made of network namespaces.')
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The lab needs root: it makes network, mount and pid namespaces. Try it with sudo, or in a container with --privileged.',
    )
  }
  const needed = { unshare: 'util-linux', nsenter: 'util-linux', ip: 'iproute2', nft: 'nftables', sysctl: 'procps' }
  const missing = Object.entries(needed).filter(([program]) => !findProgram(program))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ')
    throw new Error(
      `The lab needs these Debian packages: ${packages}. \`node scripts/install-debian.ts test\` installs them.`,
    )
  }
}

function findProgram(name: string): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((dir) => join(dir, name)).find((path) => existsSync(path))
}

/** Pid of a host's first process as this machine counts; `rack` is a host here. */
export function findPid(lab: Lab, host: string): number | undefined {
  const wanted = title(lab.id, host)
  const last = lastSeen.get(wanted)
  if (last !== undefined && readCommand(last)[0] === wanted) return last
  const pid = recentHosts(lab).get(host)
  if (pid === undefined || readCommand(pid)[0] !== wanted) {
    lastSeen.delete(wanted)
    return undefined
  }
  lastSeen.set(wanted, pid)
  return pid
}

/** Sixteen hosts that come up at once look for themselves all the time: one reading of /proc does for all of them. */
function recentHosts(lab: Lab): Map<string, number> {
  const now = performance.now()
  if (!scan || scan.id !== lab.id || now - scan.at > 50)
    scan = { id: lab.id, hosts: listHosts(lab), at: performance.now() }
  return scan.hosts
}
let scan: { readonly id: string; readonly hosts: Map<string, number>; readonly at: number } | undefined

/** Where a process was found last: looking there first spares reading the whole of /proc. */
const lastSeen = new Map<string, number>()

/** Every host that runs, with its pid. */
export function listHosts(lab: Lab): Map<string, number> {
  const found = new Map<string, number>()
  const start = title(lab.id, '')
  for (const pid of listPids()) {
    const [name = ''] = readCommand(pid)
    if (name.startsWith(start)) found.set(name.slice(start.length), pid)
  }
  return found
}

/** Labs of this checkout that have a process, whoever started them. */
export function listLabs(): string[] {
  const names = listPids().flatMap((pid) => {
    const match = /^paquebot-lab:([^:]+)-([^:-]+):rack$/.exec(readCommand(pid)[0] ?? '')
    return match?.[1] === prefix ? [match[2] as string] : []
  })
  return [...new Set(names)]
}

function listPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

export function readCommand(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
  } catch {
    return [] // It has just ended.
  }
}

/** Starts the rack. `hosts`: names and addresses for /etc/hosts. */
export async function raiseRack(lab: Lab, hosts: string): Promise<void> {
  if (findPid(lab, 'rack')) throw new Error(`lab ${lab.id} is up already`)
  rmSync(lab.stateDir, { recursive: true, force: true })
  mkdirSync(lab.logDir, { recursive: true })
  writeFileSync(join(lab.logDir, 'hosts'), hosts)
  const args = ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--propagation', 'private']
  const log = join(lab.logDir, 'rack.log')
  await run('setsid', [
    '--fork',
    'bash',
    '-c',
    'log=$1; shift; exec "$@" </dev/null >"$log" 2>&1',
    '-',
    log,
    'unshare',
    ...args,
    'bash',
    script('rack-init.sh'),
    lab.id,
    lab.stateDir,
  ])
  await waitForPid(lab, 'rack')
}

/** One more host below the rack, without a cable. Its disk is what it was. */
export async function bootHost(lab: Lab, host: string): Promise<number> {
  const rack = findPid(lab, 'rack')
  if (!rack) throw new Error(`lab ${lab.id} is not up`)
  const log = join(lab.logDir, `${host}.init.log`)
  await run('nsenter', [
    ...['-t', String(rack), '-m', '-p', '-u', '-i', '--', 'setsid', '--fork', 'bash', '-c'],
    ...['log=$1; shift; exec "$@" </dev/null >"$log" 2>&1', '-', log],
    ...['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--propagation', 'private'],
    ...['bash', script('host-init.sh'), lab.id, host, lab.stateDir, checkout],
  ])
  return waitForPid(lab, host)
}

async function waitForPid(lab: Lab, host: string): Promise<number> {
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(20)) {
    const pid = findPid(lab, host)
    if (pid) return pid
  }
  const log = readFileSync(join(lab.logDir, host === 'rack' ? 'rack.log' : `${host}.init.log`), 'utf8')
  throw new Error(`${host} did not come up: ${log.trim()}`)
}

/** The end of the rack is the end of every process in the lab, and with them of their namespaces and mounts. */
export async function razeLab(lab: Lab): Promise<void> {
  const rack = findPid(lab, 'rack')
  if (rack) process.kill(rack, 'SIGKILL')
  for (const end = Date.now() + 10_000; listHosts(lab).size > 0; await sleep(20)) {
    if (Date.now() > end)
      throw new Error(`these hosts of lab ${lab.id} do not end: ${[...listHosts(lab).keys()].join(' ')}`)
  }
  rmSync(lab.stateDir, { recursive: true, force: true })
}
