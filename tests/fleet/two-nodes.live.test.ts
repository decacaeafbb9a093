// Two real nodes over MariaDB and Dovecot behind HAProxy, under load: one is killed, one is told to leave. What HAProxy cannot hide
// the client repeats, once, where it may; a drain costs not even that.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import { openListener } from '#http/listener.ts'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type Balancer, startBalancer } from '#testing/servers/balancer.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { freePorts } from '#testing/servers/free-ports.ts'
import { type MariadbServer, startMariadb } from '#testing/servers/mariadb.ts'
import { run } from '#testing/servers/process.ts'
import { configure, type FleetSettings, type NodeProcess, paquebot, startNodeProcess } from './node-process.ts'

let mariadb: MariadbServer
let dovecot: DovecotServer
let settings: FleetSettings
let one: NodeProcess
let two: NodeProcess
let balancer: Balancer
let alice: TestClient

before(async () => {
  ;[mariadb, dovecot] = await Promise.all([startMariadb(), startDovecot()])
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-fleet-'))
  const [smtpPort = 0, onePort = 0, twoPort = 0] = await freePorts(3)
  settings = { folder, database: mariadb.dsn(), imapPort: dovecot.imapPort, smtpPort }
  configure(settings, 'one', onePort)
  const keys = await run(process.execPath, ['server/main.ts', 'keys', 'new'])
  writeFileSync(join(folder, 'keys'), keys, { mode: 0o600 })
  await paquebot(settings, 'one', 'migrate', 'apply')
  ;[one, two] = await Promise.all([
    startNodeProcess(settings, 'one', onePort),
    startNodeProcess(settings, 'two', twoPort),
  ])
  balancer = await startBalancer('haproxy', [one, two], ['stickiness = false'])
  alice = await eventuallySignedIn()
})
after(async () => {
  await Promise.all([balancer?.stop(), one?.stop(), two?.stop()])
  await Promise.all([mariadb?.stop(), dovecot?.stop()])
  rmSync(settings.folder, { recursive: true, force: true })
})

/** HAProxy takes a node in after two good checks. */
async function eventuallySignedIn(): Promise<TestClient> {
  return (await eventually(
    () => signIn(balancer).catch(() => null),
    (client) => client !== null,
    'sign-in through the balancer',
  )) as TestClient
}

const body = (call: readonly [string, unknown, string]) =>
  JSON.stringify({ using: [urns.core, urns.mail], methodCalls: [call] })

interface Load {
  stop(): Promise<{ failures: readonly string[]; requests: number; repeats: number; slowestMs: number }>
}

/** People who read, and, with `writes`, who ask for what nobody may repeat for them. */
function startLoad(writes: boolean): Load {
  let isOver = false
  let requests = 0
  let repeats = 0
  let slowestMs = 0
  const failures: string[] = []
  const ask = async (init: RequestInit) => {
    try {
      const reply = await alice.fetch('/jmap/api', { method: 'POST', ...init })
      return { status: reply.status, text: await reply.text() }
    } catch (error) {
      return { status: 0, text: `${(error as Error).message} ${(error as Error).cause}` }
    }
  }
  const once = async (init: RequestInit) => {
    const startedAt = performance.now()
    let answer = await ask(init)
    // In the instant in which a node is taken out, HAProxy lets go of what it was about to send to the next.
    if ('paquebot-repeatable' in (init.headers as object) && [0, 502, 503].includes(answer.status)) {
      repeats++
      answer = await ask(init)
    }
    if (answer.status !== 200) failures.push(`${answer.status} ${answer.text.slice(0, 200)}`)
    requests++
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
  }
  const worker = async (at: number) => {
    const reads = { 'content-type': 'application/json', 'paquebot-repeatable': '1' }
    const plain = { 'content-type': 'application/json' }
    while (!isOver) {
      const isWrite = writes && at % 2 === 0
      const call = isWrite
        ? (['Core/echo', { at }, 'c'] as const)
        : (['Mailbox/get', { accountId: alice.accountId, properties: ['name'] }, 'c'] as const)
      await once({ headers: isWrite ? plain : reads, body: body(call) })
      await sleep(10)
    }
  }
  const workers = Array.from({ length: 4 }, (_, at) => worker(at))
  return {
    async stop() {
      isOver = true
      await Promise.all(workers)
      return { failures, requests, repeats, slowestMs }
    },
  }
}

const states = async (from: string) =>
  Object.fromEntries(
    (await paquebot(settings, from, 'node', 'list', '--json'))
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { name: string; state: string })
      .map(({ name, state }) => [name, state]),
  )

test('a node killed under load costs nobody a request, and another one takes its place', async (t) => {
  const load = startLoad(false)
  await sleep(300)
  one.kill('SIGKILL')
  await sleep(1_500)
  const { failures, requests, repeats, slowestMs } = await load.stop()
  assert.deepEqual(failures, [], `${requests} requests`)
  assert.ok(repeats <= 4, `${repeats} repeats, of four at a time`)
  assert.ok(requests > 20, `${requests} requests`)
  t.diagnostic(`${requests} requests, slowest ${Math.round(slowestMs)} ms`)
  one = await startNodeProcess(settings, 'one', one.port)
  await eventually(
    () => states('two'),
    (now) => now.one === 'ready' && now.two === 'ready',
    'both are listed',
    30_000,
  )
})

test('a node that is drained by command gets nothing, and is called back', async () => {
  assert.match(await paquebot(settings, 'one', 'node', 'drain', 'two'), /^two {2}draining /)
  await assert.rejects(paquebot(settings, 'one', 'node', 'status', 'two'))
  const ready = async () => (await fetch(`${two.url}/readyz?draining=404`)).status
  assert.equal(await ready(), 404)
  assert.equal((await alice.fetch('/jmap/session')).status, 200)
  await paquebot(settings, 'one', 'node', 'undrain', 'two')
  assert.equal(await ready(), 200)
})

test('a node told to leave under load ends what it has, and nobody’s request fails, whatever it is', async (t) => {
  // It has been taken back in by now.
  await sleep(1_500)
  const load = startLoad(true)
  await sleep(300)
  two.kill('SIGTERM')
  await eventually(() => two.hasEnded(), Boolean, 'it has ended within its bound', 20_000)
  await sleep(300)
  const { failures, requests, slowestMs } = await load.stop()
  assert.deepEqual(failures, [], `${requests} requests`)
  t.diagnostic(`${requests} requests, slowest ${Math.round(slowestMs)} ms`)
  assert.deepEqual(await states('one'), { one: 'ready' })
})

test('HAProxy tells a node by the PROXY protocol who is there', async (t) => {
  const listener = await openListener(
    { log: silentLog, checks: {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      proxyProtocolFrom: ['127.0.0.1'],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 2_000,
      maxSocketMessageBytes: 1_000,
    },
  )
  listener.app.get('/who', (request) => ({ ip: request.ip, protocol: request.protocol }))
  const { port } = await listener.listen()
  const front = await startBalancer('haproxy', [{ name: 'n', port }], ['proxy_protocol = true', 'check_interval = 100'])
  t.after(async () => {
    await front.stop()
    await listener.drain()
  })
  const who = () =>
    new Promise<string>((resolve, reject) => {
      get(`${front.url}/who`, { localAddress: '127.0.0.9' }, (reply) => {
        let text = ''
        reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        reply.on('end', () => resolve(text))
      }).on('error', reject)
    })
  const told = await eventually(who, (text) => text.startsWith('{"ip"'), 'the node is in')
  assert.deepEqual(JSON.parse(told), { ip: '127.0.0.9', protocol: 'http' })
})
