// What one plugin is given: the handles that its manifest declares, each within what it declares. A handle that was not declared throws
// when it is used, and so counts as the plugin's failure.
//
// This is a boundary of the interface, not a cell: a plugin is code of the operator's choice in the server's own process
// (docs/adr/2026-11-22-plugins.md).

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ErrorCode, errorCodes, Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Host, RunOptions, RunResult, SettingValue, Values } from '#plugin-api/plugin.ts'
import type { CheckedManifest } from './manifest.ts'

export interface HostDeps {
  readonly manifest: CheckedManifest
  readonly settings: Readonly<Record<string, SettingValue>>
  readonly values: Values
  readonly log: Log
}

const maxOutputBytes = 64 * 1024
const runTimeoutMs = 30_000

export function notDeclared(plugin: string, access: string): Failure {
  return new Failure('internal', { plugin, reason: `plugin.json declares no access to ${access}` })
}

export function openHost({ manifest, settings, values, log }: HostDeps): Host {
  const { name, access } = manifest
  const hosts = resolve(access.fetch ?? [], settings).map((host) => host.toLowerCase())
  const commands = resolve(access.commands ?? [], settings)
  const files = resolve(access.files ?? [], settings)
  return {
    name,
    settings,
    log: log.with({ plugin: name }),
    failure: (code, description, cause) =>
      new Failure(
        Object.hasOwn(errorCodes, code) ? code : 'internal',
        { plugin: name, ...(description !== undefined && { description }) },
        cause,
      ),
    failureCode: (error) =>
      isFailure(error) ? (error.code as Exclude<ErrorCode, never> as ReturnType<Host['failureCode']>) : null,
    async fetch(url, init = {}) {
      const target = new URL(url)
      const isHttp = target.protocol === 'https:' || target.protocol === 'http:'
      if (!isHttp || !(hosts.includes(target.host) || hosts.includes(target.hostname)))
        throw notDeclared(name, `fetch ${target.host}`)
      // A redirect could lead anywhere.
      return fetch(target, { ...(init as RequestInit), redirect: 'error' })
    },
    run(command, args, options = {}) {
      if (!commands.includes(command)) throw notDeclared(name, `the command ${command}`)
      return run(command, args, options)
    },
    async readFile(path) {
      if (!files.includes(path)) throw notDeclared(name, `the file ${path}`)
      return new Uint8Array(await readFile(path))
    },
    get values() {
      if (access.values !== true) throw notDeclared(name, 'values')
      return values
    },
  }
}

/** `$name` is what the operator set under that name: one text, or a list of them; an empty text is none. */
function resolve(declared: readonly string[], settings: HostDeps['settings']): readonly string[] {
  return declared.flatMap((item) => {
    if (!item.startsWith('$')) return [item]
    const value = settings[item.slice(1)]
    return (Array.isArray(value) ? value : [value]).filter(
      (one): one is string => typeof one === 'string' && one !== '',
    )
  })
}

function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? runTimeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  return new Promise((resolvePromise, reject) => {
    // No shell, and nothing of our environment but where programs are: it holds secrets of the configuration.
    const child = spawn(command, [...args], {
      shell: false,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
    const stdout = gather(child.stdout)
    const stderr = gather(child.stderr)
    child.on('error', (error) => reject(signal.aborted ? new Failure('timeout', { command }, error) : error))
    child.on('close', (code, killedBy) => {
      if (code === null) reject(new Failure('unavailable', { command, killedBy }))
      else resolvePromise({ exitCode: code, stdout: stdout(), stderr: stderr() })
    })
    // A program that does not read its input to the end has its reasons; its exit code tells them.
    pipeline(Readable.from(options.stdin ?? [], { objectMode: false }), child.stdin).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE' || signal.aborted) return
        child.kill('SIGKILL')
        reject(error)
      },
    )
  })
}

function gather(stream: Readable): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size >= maxOutputBytes) return
    chunks.push(chunk.subarray(0, maxOutputBytes - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
