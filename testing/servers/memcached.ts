// Private memcached processes on free ports or unix sockets of 127.0.0.1: killed, hung and started again on the same address by the
// tests. `restart` brings one back empty, which is what a memcached is after its death.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import { type ServerProcess, spawnServer, waitForPort } from './process.ts'

export interface MemcachedServer {
  /** `HOST:PORT`, or `unix:PATH`. */
  readonly address: string
  readonly port: number | null
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** SIGKILL where it still runs, then a new and empty one at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const startAttempts = 5

export async function startMemcached(
  options: { readonly unix?: boolean; readonly args?: readonly string[] } = {},
): Promise<MemcachedServer> {
  const folder = options.unix ? await mkdtemp(join(tmpdir(), 'pq-memcached-')) : null
  const path = folder && join(folder, 'socket')
  let port: number | null = null
  const launch = (): ServerProcess =>
    spawnServer('memcached', [
      // As root: one that changes its user no longer hears that we have died (prctl(2), PR_SET_PDEATHSIG).
      ...['-u', 'root', '-m', '16', '-t', '1'],
      ...(path ? ['-s', path] : ['-l', '127.0.0.1', '-p', String(port), '-U', '0']),
      ...(options.args ?? []),
    ])
  let server: ServerProcess | undefined
  for (let attempt = 1; ; attempt++) {
    if (!path) port = (await freePorts(1))[0] as number
    server = launch()
    if (await isUp(server, port, path)) break
    await server.stop(0)
    if (attempt === startAttempts) throw new Error(`memcached did not start: ${server.output()}`)
  }
  let running = server
  return {
    address: path ? `unix:${path}` : `127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid
    },
    kill: (signal) => running.kill(signal),
    async restart() {
      await running.stop(0)
      if (path) await rm(path, { force: true })
      running = launch()
      if (!(await isUp(running, port, path))) throw new Error(`memcached did not start again: ${running.output()}`)
    },
    async stop() {
      await running.stop(0)
      if (folder) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isUp(server: ServerProcess, port: number | null, path: string | null): Promise<boolean> {
  if (port !== null) return waitForPort(port, server, { greets: false })
  while (path !== null && !existsSync(path) && !server.hasEnded()) await sleep(10)
  return !server.hasEnded()
}
