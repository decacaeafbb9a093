// Processes of the test servers: short commands whose output is wanted, and servers in the foreground under our pid that die with us.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export function run(
  command: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      { maxBuffer: 1 << 28, env: options.env ?? process.env },
      (error, out, err) => {
        if (error) reject(new Error(`${command} ${args.join(' ')}: ${err.trim() || error.message}`, { cause: error }))
        else resolve(out)
      },
    )
    child.stdin?.on('error', () => {}) // It may end before it has read all: its exit status says what to think of that.
    child.stdin?.end(options.input)
  })
}

export interface ServerProcess {
  readonly pid: number
  /** What it has printed so far: the reason, when it does not start. */
  output(): string
  hasEnded(): boolean
  /** To it and all its children: they share a process group of their own. */
  kill(signal: NodeJS.Signals): void
  /** An orderly end, by SIGKILL if that takes longer than `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

export function spawnServer(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; stopSignal?: NodeJS.Signals; deathSignal?: 'TERM' | 'KILL' } = {},
): ServerProcess {
  // Its own group, so that Ctrl-C in a terminal reaches only us and we end it in order. PR_SET_PDEATHSIG lets it go down with
  // us even when we are killed by SIGKILL.
  const child = spawn('setpriv', ['--pdeathsig', options.deathSignal ?? 'TERM', command, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    cwd: options.cwd,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)))
  }
  child.on('error', (error) => (output += error.message))
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  const kill = (signal: NodeJS.Signals) => killGroup(child, signal)
  return {
    pid: child.pid ?? 0,
    output: () => output,
    hasEnded,
    kill,
    async stop(graceMs = 5_000) {
      if (!hasEnded()) {
        const ended = once(child, 'exit')
        kill('SIGCONT') // A stopped process cannot hear the next one.
        child.kill(options.stopSignal ?? 'SIGTERM')
        const inTime = await Promise.race([ended.then(() => true), sleep(graceMs, false, { ref: false })])
        if (!inTime) {
          kill('SIGKILL')
          await ended
        }
      }
      kill('SIGKILL') // Children that outlived their master.
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
    },
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  if (signal === 'SIGSTOP') waitUntilStopped(child.pid)
}

/** The signal is on its way when kill(2) returns: until each thread has stopped, it may answer one more question (proc(5)). */
function waitUntilStopped(pid: number): void {
  const states = () => {
    try {
      const threads = readdirSync(`/proc/${pid}/task`)
      return threads.map(
        (thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1').replace(/^.*\) /s, '')[0],
      )
    } catch {
      return [] // It has ended.
    }
  }
  for (const deadline = performance.now() + 1_000; performance.now() < deadline; )
    if (states().every((state) => state === 'T' || state === 'Z')) return
}

/** Resolves once the port greets (or merely accepts, with `greets: false`); false when the process ends first. */
export async function waitForPort(
  port: number,
  server: ServerProcess,
  options: { timeoutMs?: number; greets?: boolean } = {},
): Promise<boolean> {
  const deadline = performance.now() + (options.timeoutMs ?? 15_000)
  while (performance.now() < deadline) {
    if (server.hasEnded()) return false
    if (await answers(port, options.greets ?? true)) return true
    await sleep(10)
  }
  throw new Error(`port ${port} did not open in time: ${server.output()}`)
}

/** A namespace's processes end a moment after its first. */
export async function waitUntilClosed(port: number): Promise<void> {
  for (let tries = 0; tries < 500 && (await answers(port, false)); tries++) await sleep(10)
}

function answers(port: number, greets: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (outcome: boolean) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.setTimeout(3_000, () => done(false))
    socket.on('error', () => done(false))
    socket.on('close', () => resolve(false))
    if (greets) socket.on('data', () => done(true))
    else socket.on('connect', () => done(true))
  })
}
