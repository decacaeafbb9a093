// A Paquebot node from this checkout (or from the next version, for the upgrade), configured as an operator would: one file, the same on
// every node.

import { join } from 'node:path'
import { newKeyLine } from '#boot/key-ring.ts'
import type { Host } from '../net/host.ts'
import type { Lab } from '../net/lab.ts'
import type { ClusterSettings } from '../topologies/cluster.ts'
import { addressOf, balancers, floating, memcachedHosts, password, redisHosts, webName } from '../topologies/plan.ts'
import type { Database } from './database.ts'
import { sentinelName } from './redis.ts'
import { s3Account, s3Port } from './s3.ts'
import type { Service } from './service.ts'

export const nodePort = 8080
const configPath = '/etc/paquebot/paquebot.toml'
const folderPath = '/etc/paquebot/folder'
const chosenFolderPath = '/disk/paquebot-folder'

/** Made once for all nodes. */
export const keyRingFile = (lab: Lab) => join(lab.stateDir, 'keys')
export const newKeyRing = () => `${newKeyLine(Date.now())}\n`

export interface NodeOptions {
  readonly settings: ClusterSettings
  readonly database: Database
  readonly keyRing: () => string
  /** Where the program is, unless `runFrom` said otherwise. */
  readonly folder: string
}

export function paquebot(options: NodeOptions): Service {
  return {
    name: 'paquebot',
    async start(host) {
      await prepareNode(host, options)
      const folder = folderOf(host, options.folder)
      await host.start('paquebot', [...command(folder), 'serve', '--config', configPath], {
        cwd: folder,
        env: { ...compileCache, ...readEnvironment(host) },
      })
    },
    check: (host) =>
      host.exec(['curl', '-sf', '-m', '2', '-H', `Host: ${webName}`, `http://127.0.0.1:${nodePort}/readyz`]),
  }
}

/** Configuration and keys, without a start: what `paquebot migrate` needs too. */
export async function prepareNode(host: Host, { settings, database, keyRing, folder }: NodeOptions): Promise<void> {
  host.write(configPath, nodeConfig(settings, database))
  host.write('/etc/paquebot/keys', keyRing(), 0o600)
  host.write(folderPath, folder)
}

export function paquebotCommand(host: Host, ...args: string[]): Promise<string> {
  const folder = folderOf(host, host.read(folderPath))
  const [program = '', ...rest] = command(folder)
  return host.exec([
    'sh',
    '-c',
    `cd "$1"; shift; NODE_COMPILE_CACHE=${compileCache.NODE_COMPILE_CACHE} exec "$@"`,
    '-',
    folder,
    program,
    ...rest,
    ...args,
    '--config',
    configPath,
  ])
}

/** From now on the node is started from another folder: the next version. Kept on the host's disk. */
export function runFrom(host: Host, folder: string): void {
  host.write(chosenFolderPath, folder)
}

/** More environment for the node's process; none takes it away. */
export function setEnvironment(host: Host, variables: Readonly<Record<string, string>>): void {
  host.write('/disk/paquebot-environment', JSON.stringify(variables))
}

/** Three nodes of one version on one machine read the same 400 files. */
const compileCache = { NODE_COMPILE_CACHE: '/shared/compile-cache' }

function folderOf(host: Host, otherwise: string): string {
  return readOr(host, chosenFolderPath, otherwise)
}

function readEnvironment(host: Host): Record<string, string> {
  return JSON.parse(readOr(host, '/disk/paquebot-environment', '{}')) as Record<string, string>
}

function readOr(host: Host, path: string, otherwise: string): string {
  try {
    return host.read(path)
  } catch {
    return otherwise
  }
}

const command = (folder: string) => [process.execPath, join(folder, 'server/main.ts')]

function nodeConfig(settings: ClusterSettings, database: Database): string {
  const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
  const redisServers = redisHosts.map((host) => `${addressOf(host)}:26379`)
  return `[http]
listen = "0.0.0.0:${nodePort}"
base_url = "https://${webName}"
# The people's host too: their checks ask each node past the balancers.
trusted_proxies = ${list([...balancers, 'people' as const].map(addressOf))}

[data]
dir = "/disk/paquebot"

[sql]
write = ${list(database.write)}
read = ${list(database.read)}

[session]
store = "${settings.sessions}"
# Everybody in the lab signs in from one address, all at once.
failures_per_remote = 100000

${settings.sessions === 'memcached' ? `[memcached]\nhosts = ${list(memcachedHosts.map((host) => `${addressOf(host)}:11211`))}\n` : ''}
[redis]
kind = "sentinel"
servers = ${list(redisServers)}
master_name = "${sentinelName}"
password = "${password}"
replicas = 1

[bus]
driver = "${settings.sessions === 'sql' ? 'sql' : 'redis'}"

[security]
key_ring = "/etc/paquebot/keys"

[[blob_store]]
name = "uploads"
kind = "redundant"
stores = ["shared", "s3", "database"]
quorum = 2

[[blob_store]]
name = "shared"
kind = "fs"
folder = "/shared/uploads/blobs"

[[blob_store]]
name = "s3"
kind = "s3"
endpoint = "http://${addressOf('s3')}:${s3Port}"
bucket = "${s3Account.bucket}"
access_key = "${s3Account.accessKey}"
secret_key = "${s3Account.secretKey}"
timeout = "3 s"

[[blob_store]]
name = "database"
kind = "sql"

[submission]
undo = "1 s"

[[mail_server]]
imap = "imap+insecure://${floating.imap}:143"
smtp = "smtp+insecure://${floating.smtp}:587"
`
}
