// One host of the lab: its cable, its commands, its daemons, its power. A daemon is a process group whose pid stands in
// /run/lab/NAME.pid of its host, so that kill, hang and stop reach all of it and nothing else.

import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '#testing/servers/process.ts'
import { bootHost, findPid, type Lab } from './lab.ts'

export interface Host {
  readonly name: string
  readonly address: string
  isUp(): boolean
  /** Runs a command to its end and returns what it printed; `input` goes to its standard input. */
  exec(command: readonly string[], options?: ExecOptions): Promise<string>
  /** Writes a file as the host sees it. */
  write(path: string, content: string | Buffer, mode?: number): void
  read(path: string): string
  /** Where the machine sees a path of this host. */
  outside(path: string): string
  /** Starts a program that stays in the foreground; its output goes to the lab's log folder. */
  start(daemon: string, command: readonly string[], options?: StartOptions): Promise<void>
  /** To the daemon's whole process group; throws when there is none. */
  signal(daemon: string, signal: 'KILL' | 'TERM' | 'STOP' | 'CONT' | 'HUP' | 'USR1' | 'USR2'): Promise<void>
  isRunning(daemon: string): Promise<boolean>
  /** The last that a daemon has printed. */
  logOf(daemon: string): string
  /** TERM, and KILL when that takes longer than `graceMs`. */
  stop(daemon: string, graceMs?: number): Promise<void>
  /** Drops every packet between this host and `addresses` (a TCP port of theirs, if given), both ways at once. Replaces an earlier cut. */
  cut(addresses: readonly string[], port?: number): Promise<void>
  heal(): Promise<void>
  /** The cable first, so that no FIN or RST leaves the host; then every process at once. Its disk stays. */
  powerOff(): Promise<void>
  powerOn(): Promise<void>
}

export interface ExecOptions {
  readonly input?: string
  readonly timeoutMs?: number
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export function openHost(lab: Lab, name: string, address: string): Host {
  const pid = () => {
    const found = findPid(lab, name)
    if (!found) throw new Error(`${name} is off`)
    return String(found)
  }
  const inside = () => ['-t', pid(), '-m', '-p', '-n', '-u', '-i', '--']
  const outside = (path: string) => join(`/proc/${pid()}/root`, path)
  const port = `p-${name}`

  async function plugIn(): Promise<void> {
    const rack = findPid(lab, 'rack')
    const batch = `link add ${port} type veth peer name eth0 netns ${pid()}\nlink set ${port} master br0 up\n`
    await run('nsenter', ['-t', String(rack), '-n', 'ip', '-batch', '-'], { input: batch })
    await run('nsenter', ['-t', pid(), '-n', 'ip', '-batch', '-'], {
      input: `link set lo up\naddr add ${address}/24 dev eth0\nlink set eth0 up\n`,
    })
  }

  const reaches = async (daemon: string, option: string) => {
    // PostgreSQL's backends are in sessions of their own, out of reach of a signal to the group: a hang of the first process alone would be
    // none to whoever is connected. The first one stops first, so that it starts no other.
    const isWhole = ['-STOP', '-CONT', '-KILL'].includes(option)
    const others = isWhole ? `for c in $children; do /bin/kill ${option} $c 2>/dev/null; done;` : ''
    const script = `p=$(cat /run/lab/${daemon}.pid 2>/dev/null) && children=$(ps -o pid= --ppid $p) ; [ -n "$p" ] && /bin/kill ${option} -- -$p 2>/dev/null && { ${others} echo yes; } || echo no`
    return (await run('nsenter', [...inside(), 'sh', '-c', script])).trim() === 'yes'
  }
  const isRunning = (daemon: string) => reaches(daemon, '-0')
  const signal: Host['signal'] = async (daemon, signalName) => {
    // A fault that did not happen proves nothing.
    if (!(await reaches(daemon, `-${signalName}`))) throw new Error(`${daemon} does not run on ${name}`)
  }

  return {
    name,
    address,
    isUp: () => findPid(lab, name) !== undefined,
    outside,
    exec: (command, { input, timeoutMs } = {}) => {
      const limit = timeoutMs === undefined ? [] : ['timeout', '-k', '1', String(timeoutMs / 1000)]
      return run('nsenter', [...inside(), ...limit, ...command], input === undefined ? {} : { input })
    },
    write(path, content, mode = 0o644) {
      mkdirSync(dirname(outside(path)), { recursive: true })
      writeFileSync(outside(path), content, { mode })
    },
    read: (path) => readFileSync(outside(path), 'utf8'),
    async start(daemon, command, { env = {}, cwd = '/' } = {}) {
      const script = `mkdir -p /run/lab; echo $$ > /run/lab/${daemon}.pid; cd "$1"; shift; exec "$@" </dev/null >>"${lab.logDir}/${name}.${daemon}.log" 2>&1`
      const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`)
      await run('nsenter', [
        ...inside(),
        'setsid',
        '--fork',
        'sh',
        '-c',
        script,
        '-',
        cwd,
        'env',
        ...variables,
        ...command,
      ])
    },
    signal,
    isRunning,
    logOf: (daemon) =>
      readFileSync(join(lab.logDir, `${name}.${daemon}.log`), 'utf8')
        .trim()
        .slice(-800),
    async stop(daemon, graceMs = 10_000) {
      if (!(await reaches(daemon, '-CONT'))) return
      // Stopped, it would not have heard this one.
      await reaches(daemon, '-TERM')
      for (const end = Date.now() + graceMs; Date.now() < end; await sleep(50)) if (!(await isRunning(daemon))) return
      await reaches(daemon, '-KILL')
    },
    async cut(addresses, tcpPort) {
      await run('nsenter', ['-t', pid(), '-n', 'nft', '-f', '-'], { input: cutRules(addresses, tcpPort) })
    },
    async heal() {
      await run('nsenter', ['-t', pid(), '-n', 'nft', '-f', '-'], { input: 'table inet lab\ndelete table inet lab\n' })
    },
    async powerOff() {
      const rack = findPid(lab, 'rack')
      await run('nsenter', ['-t', String(rack), '-n', 'ip', 'link', 'del', port])
      process.kill(Number(pid()), 'SIGKILL')
      while (findPid(lab, name)) await sleep(10)
    },
    async powerOn() {
      await bootHost(lab, name)
      await plugIn()
    },
  }
}

/**
 * One transaction: rules added one by one would block the answers before the questions, which is another fault than a cut.
 * Loopback stays, for an address taken over may be the host's own.
 */
export function cutRules(addresses: readonly string[], tcpPort?: number): string {
  const set = `{ ${addresses.join(', ')} }`
  const [asking, answering] = tcpPort === undefined ? ['', ''] : [` tcp dport ${tcpPort}`, ` tcp sport ${tcpPort}`]
  return `table inet lab
delete table inet lab
table inet lab {
  chain in {
    type filter hook input priority 0
    iif != "lo" ip saddr ${set}${answering} drop
  }
  chain out {
    type filter hook output priority 0
    oif != "lo" ip daddr ${set}${asking} drop
  }
}
`
}

/** A program in a host that talks to us over its standard input and output; for the load. */
export function spawnIn(
  lab: Lab,
  name: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const pid = findPid(lab, name)
  if (!pid) throw new Error(`${name} is off`)
  return spawn('nsenter', ['-t', String(pid), '-m', '-p', '-n', '-u', '-i', '--', ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
}
