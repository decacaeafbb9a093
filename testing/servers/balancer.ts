// HAProxy and nginx with a configuration that `paquebot render` printed, in the foreground under our pid.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runRender } from '#cli/render.ts'
import { freePorts } from './free-ports.ts'
import { spawnServer, waitForPort } from './process.ts'

export interface BalancerNode {
  readonly name: string
  readonly port: number
}

export interface Balancer {
  readonly url: string
  readonly pid: number
  output(): string
  stop(): Promise<void>
}

/** `balance`: lines of that section of the topology, such as `proxy_protocol = true`. */
export async function startBalancer(
  kind: 'haproxy' | 'nginx',
  nodes: readonly BalancerNode[],
  balance: readonly string[] = [],
): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), `paquebot-${kind}-`))
  const [port = 0, healthPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const topology = join(folder, 'topology.toml')
  const tables = nodes.map((node) => `[[node]]\nname = "${node.name}"\naddress = "127.0.0.1"\nport = ${node.port}\n`)
  const site = `[site]\nbase_url = "${url}"\nhttp_port = ${port}\nhealth_port = ${healthPort}\n`
  // Only root can become another user.
  const user = process.getuid?.() === 0 ? [] : ['user = ""']
  writeFileSync(topology, [site, ...tables, '[balance]', 'max_connections = 1000', ...user, ...balance].join('\n'))
  const config = join(folder, `${kind}.conf`)
  writeFileSync(config, runRender([kind, '--topology', topology]))
  const server =
    kind === 'haproxy'
      ? spawnServer('/usr/sbin/haproxy', ['-db', '-f', config])
      : spawnServer('/usr/sbin/nginx', [
          '-p',
          folder,
          '-e',
          'stderr',
          '-c',
          config,
          '-g',
          `daemon off; pid ${folder}/pid;`,
        ])
  const isUp = await waitForPort(port, server, { greets: false })
  if (!isUp) throw new Error(`${kind} did not start: ${server.output()}`)
  return {
    url,
    pid: server.pid,
    output: server.output,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
