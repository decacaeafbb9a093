// Private Redis servers on free ports of 127.0.0.1: one alone (with TLS and an ACL user where asked), a primary with replicas under
// three Sentinels, a Cluster of three primaries. Killed, hung and started again by the tests; each ends with the test by its pid.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCertificate } from './certificate.ts'
import { freePorts } from './free-ports.ts'
import { run, type ServerProcess, spawnServer, waitForPort } from './process.ts'

export interface RedisProcess {
  readonly port: number
  readonly pid: number
  /** One command by redis-cli; what it prints. */
  cli(...args: readonly string[]): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** SIGKILL where it still runs, then a new one over the same data and configuration. */
  restart(): Promise<void>
}

export interface RedisServer extends RedisProcess {
  /** CA that signed its certificate, when TLS was asked for. */
  readonly caPath: string | null
  stop(): Promise<void>
}

export interface RedisSentinelSet {
  readonly masterName: string
  readonly sentinelPorts: readonly number[]
  readonly nodes: readonly RedisProcess[]
  /** Whom the Sentinels name the primary now. */
  primary(): Promise<RedisProcess>
  stop(): Promise<void>
}

export interface RedisClusterSet {
  readonly nodes: readonly RedisProcess[]
  stop(): Promise<void>
}

const startAttempts = 5

interface Launched {
  readonly process: RedisProcess
  stop(): Promise<void>
}

/** @param lines of redis.conf; a Sentinel when they say `sentinel monitor` */
async function launch(
  folder: string,
  port: number,
  lines: readonly string[],
  options: { readonly cliArgs?: readonly string[]; readonly isSentinel?: boolean } = {},
): Promise<Launched | null> {
  await mkdir(folder, { recursive: true })
  const conf = join(folder, 'redis.conf')
  await writeFile(conf, [`dir ${folder}`, 'bind 127.0.0.1', 'daemonize no', ...lines, ''].join('\n'), { mode: 0o600 })
  const start = () => spawnServer(options.isSentinel ? 'redis-sentinel' : 'redis-server', [conf])
  let server: ServerProcess = start()
  const isUp = () => waitForPort(port, server, { greets: false })
  if (!(await isUp())) {
    await server.stop()
    return null
  }
  return {
    process: {
      port,
      get pid() {
        return server.pid
      },
      cli: (...args) => run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...(options.cliArgs ?? []), ...args]),
      kill: (signal) => server.kill(signal),
      async restart() {
        await server.stop(0)
        server = start()
        if (!(await isUp())) throw new Error(`redis did not start again: ${server.output()}`)
      },
    },
    // Nothing of it is needed any more.
    stop: () => server.stop(0),
  }
}

/** Runs `open` over fresh ports until nobody has taken one of them in between. */
async function withPorts<T>(
  count: number,
  open: (ports: readonly number[], folder: string) => Promise<T | null>,
): Promise<T> {
  for (let attempt = 1; attempt <= startAttempts; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), 'pq-redis-'))
    const opened = await open(await freePorts(count), folder)
    if (opened !== null) return opened
    await rm(folder, { recursive: true, force: true })
  }
  throw new Error('redis did not start')
}

export interface RedisOptions {
  readonly tls?: boolean
  /** An ACL user that alone may come in, and only to keys of this prefix. */
  readonly user?: { readonly name: string; readonly password: string; readonly prefix: string }
  readonly lines?: readonly string[]
}

export function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return withPorts(1, async ([port], folder) => {
    const certificate = options.tls ? await makeCertificate(folder) : null
    const { user } = options
    const launched = await launch(
      join(folder, 'data'),
      port as number,
      [
        ...(certificate
          ? [
              `port 0`,
              `tls-port ${port}`,
              `tls-cert-file ${certificate.certPath}`,
              `tls-key-file ${certificate.keyPath}`,
              `tls-ca-cert-file ${certificate.certPath}`,
              'tls-auth-clients no',
            ]
          : [`port ${port}`]),
        // Kept over a restart: what `restart` brings back is what was acknowledged.
        'appendonly yes',
        'appendfsync always',
        ...(user
          ? [
              'user default off',
              `user ${user.name} on >${user.password} ~${user.prefix}* &${user.prefix}* +@all -@dangerous +info`,
            ]
          : []),
        ...(options.lines ?? []),
      ],
      {
        cliArgs: [
          ...(certificate ? ['--tls', '--cacert', certificate.certPath] : []),
          ...(user ? ['--no-auth-warning', '--user', user.name, '--pass', user.password] : []),
        ],
      },
    )
    if (!launched) return null
    // Not spread: that would freeze the pid.
    return Object.assign(launched.process, {
      caPath: certificate?.certPath ?? null,
      stop: () => stopAll([launched], folder),
    })
  })
}

async function stopAll(parts: readonly Launched[], folder: string): Promise<void> {
  await Promise.all(parts.map((part) => part.stop()))
  await rm(folder, { recursive: true, force: true })
}

/** A primary and its replicas, of which one must have each write, under three Sentinels that judge within a second. */
export function startRedisSentinel(options: { readonly replicas?: number } = {}): Promise<RedisSentinelSet> {
  const replicas = options.replicas ?? 1
  const masterName = 'sessions'
  return withPorts(1 + replicas + 3, async (ports, folder) => {
    const dataPorts = ports.slice(0, 1 + replicas)
    const sentinelPorts = ports.slice(1 + replicas)
    const parts: Launched[] = []
    for (const port of dataPorts) {
      const launched = await launch(join(folder, String(port)), port, [
        `port ${port}`,
        'appendonly yes',
        'repl-diskless-sync-delay 0',
        'repl-ping-replica-period 1',
        ...(port === dataPorts[0] ? [] : [`replicaof 127.0.0.1 ${dataPorts[0]}`]),
      ])
      if (launched) parts.push(launched)
    }
    const nodes = parts.map((part) => part.process)
    if (nodes.length === dataPorts.length) {
      await until(async () => (await nodes[0]?.cli('info', 'replication'))?.includes(`connected_slaves:${replicas}`))
      for (const port of sentinelPorts) {
        const launched = await launch(
          join(folder, String(port)),
          port,
          [
            `port ${port}`,
            `sentinel monitor ${masterName} 127.0.0.1 ${dataPorts[0]} 2`,
            `sentinel down-after-milliseconds ${masterName} 1000`,
            `sentinel failover-timeout ${masterName} 2000`,
            `sentinel parallel-syncs ${masterName} 1`,
          ],
          { isSentinel: true },
        )
        if (launched) parts.push(launched)
      }
    }
    if (parts.length < ports.length) {
      await stopAll(parts, folder)
      return null
    }
    const sentinels = parts.slice(1 + replicas).map((part) => part.process)
    // Each knows the two others and the replicas: before that a failover would find no quorum.
    for (const sentinel of sentinels) {
      await until(async () => {
        const info = await sentinel.cli('info', 'sentinel')
        return info.includes(`slaves=${replicas},sentinels=3`)
      })
    }
    return {
      masterName,
      sentinelPorts,
      nodes,
      async primary() {
        const said = await (sentinels[0] as RedisProcess).cli('sentinel', 'get-master-addr-by-name', masterName)
        const port = Number(said.split('\n')[1])
        return nodes.find((node) => node.port === port) as RedisProcess
      },
      stop: () => stopAll(parts, folder),
    }
  })
}

/** Three primaries without replicas: what matters is that keys lie on different servers. */
export function startRedisCluster(): Promise<RedisClusterSet> {
  return withPorts(6, async (ports, folder) => {
    const parts: Launched[] = []
    for (const [index, port] of ports.slice(0, 3).entries()) {
      const launched = await launch(join(folder, String(port)), port, [
        `port ${port}`,
        'cluster-enabled yes',
        `cluster-port ${ports[3 + index]}`,
        'cluster-node-timeout 2000',
      ])
      if (launched) parts.push(launched)
    }
    const nodes = parts.map((part) => part.process)
    if (nodes.length < 3) {
      await stopAll(parts, folder)
      return null
    }
    await run('redis-cli', ['--cluster', 'create', ...nodes.map(({ port }) => `127.0.0.1:${port}`), '--cluster-yes'])
    for (const node of nodes) {
      await until(async () => (await node.cli('cluster', 'info')).includes('cluster_state:ok'))
    }
    return { nodes, stop: () => stopAll(parts, folder) }
  })
}

async function until(holds: () => Promise<boolean | undefined>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error('redis did not become ready')
  }
}
