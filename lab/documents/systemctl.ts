// systemd's part in a host of the lab, which has no systemd: reads the same unit files with their drop-ins, and starts, stops and reloads what
// they say, as the user that they say. It does not watch what it started.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const folders = ['/etc/systemd/system', '/lib/systemd/system']
const runDir = '/run/lab-units'
const stopMaxMs = 30_000

type Service = ReadonlyMap<string, readonly string[]>

function readUnit(name: string): Service {
  const file = folders.map((folder) => join(folder, `${name}.service`)).find((path) => existsSync(path))
  if (!file) throw new Error(`Unit ${name}.service could not be found.`)
  const dropIns = folders.flatMap((folder) => {
    const dir = join(folder, `${name}.service.d`)
    return existsSync(dir)
      ? readdirSync(dir)
          .sort()
          .map((one) => join(dir, one))
      : []
  })
  const service = new Map<string, string[]>()
  for (const path of [file, ...dropIns]) {
    let section = ''
    for (const line of readFileSync(path, 'utf8').replace(/\\\n/g, ' ').split('\n')) {
      if (/^\s*([#;]|$)/.test(line)) continue
      section = /^\[(\w+)\]/.exec(line)?.[1] ?? section
      const [, key, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? []
      if (section !== 'Service' || key === undefined) continue
      // An empty value takes back what was said before (systemd.service(5)).
      service.set(key, value ? [...(service.get(key) ?? []), value] : [])
    }
  }
  return service
}

/** Words as systemd splits them: quotes hold together, `$X` alone is split once more, `${X}` is not. */
function wordsOf(line: string, env: NodeJS.ProcessEnv): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].flatMap(([, double, single, plain]) => {
    const alone = plain && /^\$(\w+)$/.exec(plain)?.[1]
    if (alone) return (env[alone] ?? '').split(/\s+/).filter(Boolean)
    return [(double ?? single ?? plain ?? '').replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? '')]
  })
}

function environmentOf(service: Service): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
  }
  const set = (text: string) => {
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(text.trim()) ?? []
    if (name) env[name] = value.replace(/^"(.*)"$/, '$1')
  }
  for (const line of service.get('Environment') ?? []) for (const word of wordsOf(line, {})) set(word)
  for (const path of service.get('EnvironmentFile') ?? []) {
    const file = path.replace(/^-/, '')
    if (existsSync(file)) for (const line of readFileSync(file, 'utf8').split('\n')) set(line)
    else if (file === path) throw new Error(`${file} is not there`)
  }
  return env
}

/** The command with its user; `+` and `!` in front of it: as root. */
function commandOf(service: Service, line: string, env: NodeJS.ProcessEnv): { command: string[]; mayFail: boolean } {
  const [, marks = '', rest = ''] = /^([-+!:@]*)(.*)$/.exec(line) ?? []
  const words = wordsOf(rest, env)
  const user = service.get('User')?.at(-1)
  const asUser =
    user && !/[+!]/.test(marks)
      ? ['setpriv', `--reuid=${user}`, `--regid=${service.get('Group')?.at(-1) ?? user}`, '--init-groups']
      : []
  return { command: [...asUser, ...words], mayFail: marks.includes('-') }
}

const pidFile = (name: string) => join(runDir, `${name}.pid`)
function pidOf(name: string): number | null {
  const pid = existsSync(pidFile(name)) ? Number(readFileSync(pidFile(name), 'utf8')) : 0
  return pid > 0 && existsSync(`/proc/${pid}`) ? pid : null
}

function runAll(name: string, service: Service, key: string, more: NodeJS.ProcessEnv = {}): void {
  for (const line of service.get(key) ?? []) {
    const env = { ...environmentOf(service), ...more }
    const { command, mayFail } = commandOf(service, line, env)
    const [program = '', ...args] = command
    const { status } = spawnSync(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0 && !mayFail) throw new Error(`${name}.service: ${key} ${line} ended with ${status}`)
  }
}

async function start(name: string): Promise<void> {
  if (pidOf(name)) return
  const service = readUnit(name)
  runAll(name, service, 'ExecStartPre')
  const env = environmentOf(service)
  const { command } = commandOf(service, service.get('ExecStart')?.at(-1) ?? '', env)
  const log = openSync(`/var/log/${name}.log`, 'a')
  const child = spawn(command[0] ?? '', command.slice(1), {
    ...{ env, detached: true, stdio: ['ignore', log, log] },
    cwd: service.get('WorkingDirectory')?.at(-1) ?? '/',
  })
  mkdirSync(runDir, { recursive: true })
  writeFileSync(pidFile(name), String(child.pid))
  child.unref()
  // Nobody hears «ready»: what comes after it waits for itself.
  await sleep(1000)
  if (!pidOf(name))
    throw new Error(`${name}.service has ended: ${readFileSync(`/var/log/${name}.log`, 'utf8').slice(-2000)}`)
  runAll(name, service, 'ExecStartPost')
}

async function stop(name: string): Promise<void> {
  const pid = pidOf(name)
  if (!pid) return
  process.kill(pid, 'SIGTERM')
  for (const end = Date.now() + stopMaxMs; pidOf(name) && Date.now() < end; ) await sleep(50)
  if (pidOf(name)) process.kill(-pid, 'SIGKILL')
}

function reload(name: string): void {
  runAll(name, readUnit(name), 'ExecReload', { MAINPID: String(pidOf(name)) })
}

async function main([verb = '', ...words]: readonly string[]): Promise<number> {
  const names = words.filter((word) => !word.startsWith('-')).map((word) => word.replace(/\.service$/, ''))
  const isNow = words.includes('--now')
  if (verb === 'is-active') return names.every(pidOf) ? 0 : 3
  for (const name of names) {
    if (verb === 'enable') readUnit(name)
    else if (verb === 'reload') reload(name)
    if (verb === 'stop' || verb === 'restart') await stop(name)
    if (verb === 'start' || verb === 'restart' || (verb === 'enable' && isNow)) await start(name)
  }
  return ['start', 'stop', 'restart', 'reload', 'enable', 'daemon-reload', 'unset-environment'].includes(verb) ? 0 : 64
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
