// Does what docs/run/cluster.md says, as somebody would who has two bare machines and a mail server; uses the pair, cuts the power of a
// machine, and replaces it by what the page says of that. Not of the page: systemd, what the Debian packages start by themselves, and the
// unpacking of the program, in whose place this checkout stands.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Host, openHost, spawnIn } from '../net/host.ts'
import { checkout, labOf, raiseRack, razeLab } from '../net/lab.ts'
import { holderOf } from '../services/keepalived.ts'
import { until } from '../services/service.ts'
import { findDelivered, mailName, mailPassword, startMailMachine } from './mail-machine.ts'
import { readDocument, type Section, type Step, sectionOf } from './read-document.ts'
import type { Sent, VisitorOptions } from './visitor.ts'

export const clusterDocName = 'cluster-doc'
const addresses = { ship1: '10.0.0.11', ship2: '10.0.0.12', mail: '10.0.0.20', people: '10.0.0.30' } as const
const floating = { web: '10.0.0.10', sql: '10.0.0.13' } as const
const webName = 'webmail.example.org'
const stepMaxMs = 180_000

/** Throws with the step that does not do what the page says. */
export async function tryClusterDoc(say: (line: string) => void, keep: boolean): Promise<void> {
  const lab = labOf('document')
  await razeLab(lab)
  const started = Date.now()
  const mark = (what: string) => say(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}`)
  // What a DNS would say.
  await raiseRack(lab, `127.0.0.1 localhost\n${floating.web} ${webName}\n`)
  const hosts = Object.fromEntries(
    Object.entries(addresses).map(([name, address]) => [name, openHost(lab, name, address)]),
  ) as Record<keyof typeof addresses, Host>
  const ships = [hosts.ship1, hosts.ship2]
  let visitor: Visitor | undefined
  try {
    await Promise.all(Object.values(hosts).map((host) => host.powerOn()))
    const certificate = await startMailMachine(hosts.mail)
    for (const ship of ships) await makeBare(ship, certificate)
    mark('two bare machines and a mail server')

    const page = readFileSync(join(checkout, 'docs/run/cluster.md'), 'utf8')
    const sections = readDocument(page, ['ship1', 'ship2', 'both', 'people'])
    const follow = openFollower(sections, hosts)
    const numbered = sections.filter(({ title }) => /^\d/.test(title))
    for (const section of numbered) {
      await follow(section)
      mark(section.title)
    }

    visitor = openVisitor(hosts.people, lab)
    await visitor.ask('come')
    await visitor.ask('attach')
    await expectDelivered(hosts.mail, await visitor.send())
    await visitor.ask('attach')
    mark('signed in, sent a mail with an attachment, attached a file to another')

    // The page's own words for which machine to take: the one with the addresses. Its replacement is written for ship1.
    await moveTo(hosts.ship1, ships)
    await hosts.ship1.powerOff()
    const cutAt = Date.now()
    const sent = await visitor.send()
    const awayMs = Date.now() - cutAt
    if (sent.loggedOut > 0) throw new Error('the visitor was signed out')
    await expectDelivered(hosts.mail, sent)
    mark(
      `ship1 without power; what was attached there is sent from ship2 ${(awayMs / 1000).toFixed(1)} s later; nobody was signed out`,
    )

    await hosts.ship1.powerOn()
    await makeBare(hosts.ship1, certificate)
    await follow(sectionOf(sections, 'Replacing a dead machine'))
    mark('Replacing a dead machine')
    await visitor.ask('attach')
    await hosts.ship2.powerOff()
    const again = await visitor.send()
    if (again.loggedOut > 0) throw new Error('the visitor was signed out')
    await expectDelivered(hosts.mail, again)
    mark('ship2 without power; ship1, which is new, goes on')
  } catch (error) {
    if (keep) say(`the machines are as they are; their logs: ${ships.map((ship) => ship.name).join(', ')} /var/log`)
    throw error
  } finally {
    visitor?.close()
    if (!keep) await razeLab(lab)
  }
}

/** What a Debian machine has before the page begins, and what stands in for systemd. */
async function makeBare(host: Host, certificate: string): Promise<void> {
  const program = `exec ${process.execPath} ${checkout}/lab/documents`
  host.write('/usr/local/bin/systemctl', `#!/bin/sh\n${program}/systemctl.ts "$@"\n`, 0o755)
  // This kernel may have no IPVS, and a public authority is not to be had.
  host.write('/etc/default/keepalived', 'DAEMON_ARGS="--vrrp --log-console --log-detail"\n')
  host.write('/usr/local/share/ca-certificates/mail.crt', certificate)
  host.write(
    '/etc/systemd/system/paquebot.service.d/lab.conf',
    '[Service]\nEnvironment=NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/mail.crt\n',
  )
  // No mirror can be reached: apt finds installed what it is asked for, or says what is missing.
  await host.exec(['sh', '-c', 'rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*'])
  // systemd-tmpfiles at boot, and what installing MariaDB starts.
  await host.exec(['sh', '-c', 'install -d -o mysql -g mysql /run/mysqld && install -d /run/haproxy /var/lib/haproxy'])
  await host.exec(['/usr/local/bin/systemctl', 'start', 'mariadb'])
}

function openFollower(sections: readonly Section[], hosts: Readonly<Record<string, Host>>) {
  const hostsOf = (machine: string, only: string | null): readonly Host[] => {
    const all = machine === 'both' ? ['ship1', 'ship2'] : [machine]
    return all.filter((name) => only === null || name === only).map((name) => hosts[name] as Host)
  }
  async function follow(section: Section, only: string | null = null): Promise<void> {
    /** By the last block of commands: what each machine printed. */
    let printed: ReadonlyMap<string, string> = new Map()
    for (const step of section.steps) {
      const where = `«${section.title}»`
      if (step.kind === 'repeat') await follow(sectionOf(sections, step.section), step.machine)
      else if (step.kind === 'seen') expectSeen(step, printed, where)
      else if (step.kind === 'file') for (const host of hostsOf(step.machine, only)) host.write(step.path, step.text)
      else {
        const outputs = new Map<string, string>()
        for (const host of hostsOf(step.machine, only)) outputs.set(host.name, await runStep(host, step, hosts, where))
        printed = outputs
      }
    }
  }
  return follow
}

function expectSeen({ lines }: Step & { kind: 'seen' }, printed: ReadonlyMap<string, string>, where: string): void {
  for (const [name, text] of printed) {
    for (const line of lines) {
      if (!text.includes(line)) throw new Error(`${where}: ${name} does not print «${line}», but:\n${text}`)
    }
  }
}

async function runStep(
  host: Host,
  { text, kinds }: Step & { kind: 'commands' },
  hosts: Readonly<Record<string, Host>>,
  where: string,
): Promise<string> {
  if (kinds.includes('copy')) return copyFiles(host, text, hosts)
  const commands = kinds.includes('program')
    ? `mkdir -p /opt/paquebot && mount --bind ${checkout} /opt/paquebot`
    : `set -e\n${text}`
  const clean = ['env', '-i', 'HOME=/root', 'LANG=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive']
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  try {
    // --norc: bash takes the pipe it is started over for a network, and would read what people have in their .bashrc.
    // What a failing command has printed is told by its standard error alone.
    const script =
      'cd; all=$(bash -c "$1" 2>&1); code=$?; echo "$all"; [ $code = 0 ] || { echo "$all" >&2; exit $code; }'
    return await host.exec([...clean, path, 'bash', '--norc', '-c', script, '-', commands], { timeoutMs: stepMaxMs })
  } catch (error) {
    throw new Error(`${where}, on ${host.name}: ${(error as Error).message}`)
  }
}

/** `scp -p FROM… TO`: the machines of the lab have no sshd. */
function copyFiles(host: Host, text: string, hosts: Readonly<Record<string, Host>>): string {
  const place = (word: string): [Host, string] => {
    const [, name, path = word] = /^(\w+):(.*)$/.exec(word) ?? []
    return [name === undefined ? host : (hosts[name] as Host), path]
  }
  for (const line of text.trim().split('\n')) {
    const words = line
      .split(' ')
      .slice(1)
      .filter((word) => word !== '-p')
    const [to, target] = place(words.at(-1) ?? '')
    for (const word of words.slice(0, -1)) {
      const [from, path] = place(word)
      const name = target.endsWith('/') ? `${target}${path.split('/').at(-1)}` : target
      to.write(name, from.read(path), 0o600)
    }
  }
  return ''
}

type Visitor = ReturnType<typeof openVisitor>

function openVisitor(host: Host, lab: ReturnType<typeof labOf>) {
  const options: VisitorOptions = {
    ...{ origin: `https://${webName}`, username: 'anna@example.org', password: mailPassword, to: 'bert@example.org' },
  }
  const child = spawnIn(lab, host.name, [process.execPath, join(checkout, 'lab/documents/visitor.ts')], {
    LAB_VISITOR: JSON.stringify(options),
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function ask(what: 'come' | 'attach' | 'send'): Promise<unknown> {
    child.stdin.write(`${what}\n`)
    const { value } = await answers.next()
    if (value === undefined) throw new Error('the visitor has ended')
    const { ok, failed } = JSON.parse(value) as { ok?: unknown; failed?: string }
    if (failed !== undefined) throw new Error(`the visitor could not ${what}: ${failed}`)
    return ok
  }
  return { ask, send: async () => (await ask('send')) as Sent, close: () => void child.kill() }
}

/** Once, with the attachment as it was. */
async function expectDelivered(mail: Host, { messageId, sha256 }: Sent): Promise<void> {
  await until(
    async () => {
      const [message, ...more] = await findDelivered(mail, 'bert@example.org', messageId)
      if (message === undefined) throw new Error(`${messageId} has not arrived`)
      const base64 = /(?:[A-Za-z0-9+/]{76}\r?\n){100,}[A-Za-z0-9+/=]*/.exec(message)?.[0] ?? ''
      const found = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')
      if (found !== sha256 || more.length > 0) throw new Error(`${more.length + 1} × ${messageId}, attachment ${found}`)
    },
    `${messageId} from ${mailName}`,
    60_000,
  )
}

/** Gives one machine both addresses, by the other's keepalived being stopped for a while. */
async function moveTo(wanted: Host, ships: readonly Host[]): Promise<void> {
  const other = ships.find((ship) => ship !== wanted) as Host
  const holders = async () => Promise.all(Object.values(floating).map((address) => holderOf(address, ships)))
  if ((await holders()).every((holder) => holder === wanted)) return
  await other.exec(['/usr/local/bin/systemctl', 'stop', 'keepalived'])
  await until(async () => {
    if (!(await holders()).every((holder) => holder === wanted)) throw new Error('the addresses have not moved')
  }, wanted.name)
  await other.exec(['/usr/local/bin/systemctl', 'start', 'keepalived'])
  await new Promise((resolve) => setTimeout(resolve, 5000))
}
