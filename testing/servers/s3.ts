// A real S3 server on a free port: OpenStack Swift with its s3api, of Debian's python3-swift, in one process of its own. It speaks SigV4,
// multipart with abort, ranges, copies and ListObjectsV2, and writes to disk durably, so that it may be killed at any moment.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import { spawnServer } from './process.ts'

const program = new URL('./s3-swift.py', import.meta.url).pathname
const startMs = 60_000

export interface S3Server {
  readonly endpoint: string
  readonly port: number
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  readonly pid: () => number
  /** SIGKILL: what it has acknowledged is on its disk. */
  kill(): Promise<void>
  /** Again on the same port and folder. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startS3(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-s3-'))
  const [port] = (await freePorts(1)) as [number]
  const keys = { bucket: 'paquebot', accessKey: 'test:paquebot', secretKey: 'not-a-secret' }
  // Debian's own python3, where its package is: another one on the PATH does not see it.
  const launch = () =>
    spawnServer('/usr/bin/python3', [
      ...[program, folder, '127.0.0.1', String(port)],
      ...[keys.accessKey, keys.secretKey, keys.bucket],
    ])

  async function start() {
    const server = launch()
    for (const end = performance.now() + startMs; !server.output().includes('ready'); await sleep(20)) {
      if (server.hasEnded() || performance.now() > end)
        throw new Error(`the S3 server did not start: ${server.output()}`)
    }
    return server
  }

  let server = await start()
  return {
    ...keys,
    endpoint: `http://127.0.0.1:${port}`,
    port,
    pid: () => server.pid,
    async kill() {
      server.kill('SIGKILL')
      await server.stop()
    },
    async restart() {
      await server.stop()
      server = await start()
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
