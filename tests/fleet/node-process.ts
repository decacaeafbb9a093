// A real node as its own process, `node server/main.ts serve`, over servers that several share.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '#testing/servers/free-ports.ts'
import { run, type ServerProcess, spawnServer, waitForPort } from '#testing/servers/process.ts'

export interface FleetSettings {
  readonly folder: string
  readonly database: string
  readonly imapPort: number
  readonly smtpPort: number
}

export interface NodeProcess extends ServerProcess {
  readonly name: string
  readonly port: number
  readonly url: string
}

const program = new URL('../../server/main.ts', import.meta.url).pathname

export function paquebot(settings: FleetSettings, name: string, ...words: readonly string[]): Promise<string> {
  return run(process.execPath, [program, ...words, '--config', join(settings.folder, `${name}.toml`)])
}

/** Writes the configuration of a node; the key ring, the blobs and the database are everybody's. */
export function configure(settings: FleetSettings, name: string, port: number): void {
  const { folder, database, imapPort, smtpPort } = settings
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  writeFileSync(
    join(folder, `${name}.toml`),
    `
[node]
name = "${name}"
[http]
listen = "127.0.0.1:${port}"
trusted_proxies = ["127.0.0.1"]
drain_notice = "2 s"
drain_timeout = "5 s"
[data]
dir = "${join(folder, name)}"
[sql]
write = ["${database}"]
[blob]
folders = ["${join(folder, 'blobs')}"]
[security]
key_ring = "${join(folder, 'keys')}"
[session]
refusal = 0
[[mail_server]]
imap = "imap+insecure://127.0.0.1:${imapPort}"
smtp = "smtp+insecure://127.0.0.1:${smtpPort}"
`,
  )
}

export async function startNodeProcess(settings: FleetSettings, name: string, port?: number): Promise<NodeProcess> {
  const [free = 0] = port === undefined ? await freePorts(1) : [port]
  configure(settings, name, free)
  const server = spawnServer(process.execPath, [program, 'serve', '--config', join(settings.folder, `${name}.toml`)])
  if (!(await waitForPort(free, server, { greets: false, timeoutMs: 60_000 }))) {
    throw new Error(`node ${name} did not start: ${server.output()}`)
  }
  return { ...server, name, port: free, url: `http://127.0.0.1:${free}` }
}
