// Two balancers in network namespaces of their own, with HAProxy and keepalived as `paquebot render` configures them: the address moves when
// the one that has it hangs or ends, and does not move back. Root only.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runRender } from '#cli/render.ts'
import { eventually } from '#testing/eventually.ts'
import { run, type ServerProcess, spawnServer } from '#testing/servers/process.ts'

const prefix = `pqf${process.pid}`
const names = ['lb1', 'lb2'] as const
type Name = (typeof names)[number]
const space = (name: string) => `${prefix}-${name}`
const floating = '10.77.9.10'
const addresses: Readonly<Record<Name, string>> = { lb1: '10.77.9.11', lb2: '10.77.9.12' }

const topology = `
[site]
base_url = "http://${floating}"
address = "${floating}/24"
[balance]
max_connections = 1000
[vrrp]
interval = 100
${names.map((name) => `[[balancer]]\nname = "${name}"\naddress = "${addresses[name]}"`).join('\n')}
[[node]]
name = "none"
address = "127.0.0.1"
port = 1
`

/** A bridge in a namespace of its own, so that nothing of the machine's own network is touched. */
async function plug(): Promise<void> {
  const ip = (...args: string[]) => run('ip', args)
  await ip('netns', 'add', space('sw'))
  await ip('-n', space('sw'), 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
  await ip('-n', space('sw'), 'link', 'set', 'br0', 'up')
  for (const name of names) {
    await ip('netns', 'add', space(name))
    await ip(
      '-n',
      space('sw'),
      'link',
      'add',
      `p-${name}`,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      space(name),
    )
    await ip('-n', space('sw'), 'link', 'set', `p-${name}`, 'master', 'br0', 'up')
    await ip('-n', space(name), 'link', 'set', 'lo', 'up')
    await ip('-n', space(name), 'addr', 'add', `${addresses[name]}/24`, 'dev', 'eth0')
    await ip('-n', space(name), 'link', 'set', 'eth0', 'up')
  }
}

async function unplug(): Promise<void> {
  for (const name of [...names, 'sw']) await run('ip', ['netns', 'del', space(name)]).catch(() => {})
}

/** Who has the address. */
async function holders(): Promise<string> {
  const shown = await Promise.all(names.map((name) => run('ip', ['-n', space(name), 'addr', 'show', 'dev', 'eth0'])))
  return names.filter((_, at) => shown[at]?.includes(`${floating}/`)).join(' and ')
}

test('the address moves from a balancer that hangs, and from one that ends, and stays where it works', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root')
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-vrrp-'))
  const file = join(folder, 'topology.toml')
  writeFileSync(file, topology)
  const servers: ServerProcess[] = []
  t.after(async () => {
    for (const server of servers) server.kill('SIGCONT')
    await Promise.all(servers.map((server) => server.stop()))
    await unplug()
    rmSync(folder, { recursive: true, force: true })
  })
  await plug()
  const start = (name: Name, program: string, ...args: string[]) => {
    const server = spawnServer('ip', ['netns', 'exec', space(name), program, ...args])
    servers.push(server)
    return server
  }
  const startBoth = async (name: Name) => {
    const haproxy = join(folder, 'haproxy.cfg')
    const vrrp = join(folder, `${name}.conf`)
    writeFileSync(haproxy, runRender(['haproxy', '--topology', file]))
    writeFileSync(vrrp, runRender(['keepalived', '--topology', file, '--host', name]))
    await run('/usr/sbin/keepalived', ['-t', '-f', vrrp])
    const balancer = start(name, '/usr/sbin/haproxy', '-db', '-f', haproxy)
    const pids = ['-p', 'keepalived', '-r', 'vrrp'].map((word) =>
      word.startsWith('-') ? word : join(folder, `${name}-${word}.pid`),
    )
    const keepalived = start(name, '/usr/sbin/keepalived', '-n', '-P', '-l', '-f', vrrp, ...pids)
    return { balancer, keepalived }
  }
  const first = await startBoth('lb1')
  await eventually(holders, (who) => who === 'lb1', 'the first has it', 30_000)
  const second = await startBoth('lb2')
  const curl = ['-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', `http://${floating}/`]
  const reaches = () => run('ip', ['netns', 'exec', space('lb2'), 'curl', ...curl]).catch(() => 'nothing')
  assert.equal(await eventually(reaches, (status) => status === '503', 'the first answers'), '503')

  // A hang: the kernel still accepts connections for it.
  first.balancer.kill('SIGSTOP')
  await eventually(holders, (who) => who === 'lb2', 'the second took over from one that hangs', 30_000)
  assert.equal(await eventually(reaches, (status) => status === '503', 'the second answers'), '503')

  first.balancer.kill('SIGCONT')
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  assert.equal(await holders(), 'lb2', 'each move costs connections: it stays')

  await second.keepalived.stop()
  await eventually(holders, (who) => who === 'lb1', 'the first took over from one that ended', 30_000)
})
