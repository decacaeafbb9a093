// What HAProxy and nginx, as `paquebot render` configures them, send to a second node when the first fails: a request that no node has
// got, always; one that a node has got, only when it reads or says that it may be repeated.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { type Balancer, startBalancer } from '#testing/servers/balancer.ts'
import { freePorts } from '#testing/servers/free-ports.ts'

/** A stand-in for a node: ready, and doing with a request what `act` says. */
async function startStandIn(t: TestContext, act: (request: IncomingMessage, response: ServerResponse) => void) {
  const got: string[] = []
  let readiness = 200
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/readyz') || request.url === '/livez') return response.writeHead(readiness).end()
    got.push(`${request.method} ${request.headers['x-forwarded-for'] ?? ''}`)
    return void request.resume().on('end', () => act(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    port: (server.address() as AddressInfo).port,
    got,
    setReadiness: (status: number) => (readiness = status),
  }
}

async function start(t: TestContext, ...args: Parameters<typeof startBalancer>): Promise<Balancer> {
  const balancer = await startBalancer(...args)
  t.after(() => balancer.stop())
  return balancer
}

const ok = (_request: IncomingMessage, response: ServerResponse) => void response.end('done')
const requests = {
  reading: () => ({ method: 'GET' }),
  writing: () => ({ method: 'POST', body: '{}' }),
  repeatable: () => ({ method: 'POST', body: '{}', headers: { 'paquebot-repeatable': '1' } }),
} satisfies Record<string, () => RequestInit>

async function through(balancer: Balancer, init: RequestInit): Promise<number> {
  const reply = await fetch(`${balancer.url}/jmap/api`, { ...init, headers: { ...init.headers, connection: 'close' } })
  await reply.text()
  return reply.status
}

for (const kind of ['haproxy', 'nginx'] as const) {
  test(`${kind}: a node that dies with the request in hand is not stood in for, unless that does no harm`, async (t) => {
    const dying = await startStandIn(t, (request) => request.socket.destroy())
    const well = await startStandIn(t, ok)
    const nodes = [
      { name: 'dying', port: dying.port },
      { name: 'well', port: well.port },
    ]
    const balancer = await start(t, kind, nodes, ['stickiness = false'])
    const outcome = async (init: () => RequestInit) => {
      dying.got.length = 0
      well.got.length = 0
      const statuses: number[] = []
      // Until the dying one has had it: the balancer chooses.
      for (let tries = 0; tries < 200 && dying.got.length === 0; tries++) {
        statuses.push(await through(balancer, init()))
        if (dying.got.length === 0) await new Promise((resolve) => setTimeout(resolve, 30))
      }
      assert.equal(dying.got.length, 1)
      return { last: statuses.at(-1), doneTwice: well.got.length + dying.got.length - statuses.length }
    }
    assert.deepEqual(await outcome(requests.reading), { last: 200, doneTwice: 1 })
    assert.deepEqual(await outcome(requests.repeatable), { last: 200, doneTwice: 1 })
    const writing = await outcome(requests.writing)
    assert.deepEqual(writing, { last: 502, doneTwice: 0 }, 'nobody knows what was done, and nobody does it again')
  })

  test(`${kind}: what reached no node goes to another, whatever it is`, async (t) => {
    const [closed = 0] = await freePorts(1)
    const well = await startStandIn(t, ok)
    const nodes = [
      { name: 'gone', port: closed },
      { name: 'well', port: well.port },
    ]
    // No check takes it out meanwhile: in that instant what is on its way to a second node is let go with the rest.
    const balancer = await start(t, kind, nodes, ['stickiness = false', 'check_interval = "60 s"'])
    for (let round = 0; round < 5; round++) {
      for (const init of Object.values(requests)) assert.equal(await through(balancer, init()), 200)
    }
    assert.equal(well.got.length, 15)
  })

  test(`${kind}: what a client says about himself is not handed on`, async (t) => {
    const well = await startStandIn(t, (request, response) => void response.end(JSON.stringify(request.headers)))
    const balancer = await start(t, kind, [{ name: 'well', port: well.port }])
    const reply = await fetch(balancer.url, {
      headers: {
        'x-forwarded-for': '198.51.100.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.test',
        forwarded: 'for=198.51.100.9',
      },
    })
    const seen = (await reply.json()) as Record<string, string>
    assert.deepEqual(
      [seen['x-forwarded-for'], seen['x-forwarded-proto'], seen['x-forwarded-host'], seen.forwarded],
      ['127.0.0.1', 'http', new URL(balancer.url).host, undefined],
    )
  })
}

test('haproxy: a node that drains gets no new requests and ends those it has; one that fails is let go', async (t) => {
  let finish: () => void = () => {}
  const leaving = await startStandIn(t, (_request, response) => {
    finish = () => void response.end('done')
  })
  const well = await startStandIn(t, ok)
  const nodes = [
    { name: 'leaving', port: leaving.port },
    { name: 'well', port: well.port },
  ]
  const balancer = await start(t, 'haproxy', nodes, ['stickiness = false', 'check_interval = 100'])
  const held: Promise<number>[] = []
  const hold = async () => {
    const before = leaving.got.length
    await eventually(
      () => {
        if (leaving.got.length === before) held.push(through(balancer, requests.writing()))
        return leaving.got.length
      },
      (count) => count > before,
      'the leaving node has one in hand',
    )
  }
  await hold()
  const draining = leaving.got.length
  leaving.setReadiness(404)
  // Two checks later it is chosen no more.
  await new Promise((resolve) => setTimeout(resolve, 800))
  for (let round = 0; round < 10; round++) assert.equal(await through(balancer, requests.writing()), 200)
  assert.equal(leaving.got.length, draining)
  finish()
  assert.ok(
    (await Promise.all(held)).every((status) => status === 200),
    'what it had was let end',
  )

  leaving.setReadiness(200)
  held.length = 0
  await hold()
  leaving.setReadiness(503)
  // It never answers: without being let go the request would wait for reply_timeout.
  const statuses = await Promise.all(held)
  assert.ok(statuses.includes(503) || statuses.includes(502), String(statuses))
})

test('haproxy: who serves people is not root', {
  skip: process.getuid?.() !== 0 && 'only root becomes another',
}, async (t) => {
  const well = await startStandIn(t, ok)
  const balancer = await start(t, 'haproxy', [{ name: 'well', port: well.port }])
  const owner = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${balancer.pid}/status`, 'latin1'))
  assert.notEqual(owner?.[1], '0')
  assert.notEqual(owner?.[2], '0')
})

test('haproxy: with no node ready one that lives still answers', async (t) => {
  const unready = await startStandIn(t, (_request, response) => void response.writeHead(503).end('ours'))
  unready.setReadiness(200)
  const balancer = await start(t, 'haproxy', [{ name: 'unready', port: unready.port }], ['check_interval = 100'])
  assert.equal(await through(balancer, requests.writing()), 503)
})
