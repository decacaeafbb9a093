// What holds for every request: headers, origins, CSRF, time and size limits, health and the drain; from outside.

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'

let node: TestNode
let alice: TestClient
before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
})
after(() => node.stop())

const json = { 'content-type': 'application/json' }
const body = JSON.stringify({ using: [urns.core], methodCalls: [] })
const api = (headers: Record<string, string>) =>
  fetch(`${node.url}/jmap/api`, { method: 'POST', headers: { ...json, ...headers }, body })

test('a cookie’s request that may change something needs the session’s own CSRF token', async () => {
  const { cookie, csrf } = alice
  const bob = await signIn(node, 'bob@example.test')
  assert.equal((await api({ cookie, 'x-csrf-token': csrf })).status, 200)
  assert.equal((await api({ cookie })).status, 403)
  assert.equal((await api({ cookie, 'x-csrf-token': '' })).status, 403)
  assert.equal((await api({ cookie, 'x-csrf-token': bob.csrf })).status, 403)
  const upload = await fetch(`${node.url}/jmap/upload/${alice.accountId}`, {
    method: 'POST',
    headers: { cookie },
    body: 'x',
  })
  assert.equal(upload.status, 403)
  const out = await fetch(`${node.url}/auth/sign-out`, { method: 'POST', headers: { cookie } })
  assert.equal(out.status, 403)
  assert.equal((await alice.fetch('/auth/session')).status, 200)
})

test('a cookie’s request from another origin is refused, token or not', async () => {
  const { cookie, csrf } = alice
  const foreigners: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: node.url.replace('http:', 'https:') },
    { origin: `${node.url}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const foreign of foreigners) {
    const reply = await api({ cookie, 'x-csrf-token': csrf, ...foreign })
    assert.equal(reply.status, 403, JSON.stringify(foreign))
  }
  const read = await fetch(`${node.url}/jmap/session`, { headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  assert.equal(read.status, 403, 'reading as well')
  const events = await fetch(`${node.url}/jmap/events?types=*&closeafter=no&ping=0`, {
    headers: { cookie, origin: 'https://evil.example' },
  })
  assert.equal(events.status, 403)
  assert.equal(
    (await api({ cookie, 'x-csrf-token': csrf, origin: node.url, 'sec-fetch-site': 'same-origin' })).status,
    200,
  )
})

test('a sign-in from another site’s page is refused (login CSRF)', async () => {
  const foreigners: Record<string, string>[] = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]
  for (const foreign of foreigners) {
    const reply = await fetch(`${node.url}/auth/sign-in`, {
      method: 'POST',
      headers: { ...json, ...foreign },
      body: JSON.stringify({ username: 'alice@example.test', password: 'demo' }),
    })
    assert.equal(reply.status, 403)
  }
  // A form of another site can send these types without asking.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const reply = await fetch(`${node.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify({ username: 'alice@example.test', password: 'demo' }),
    })
    assert.ok([400, 415].includes(reply.status), `${type} ${reply.status}`)
    assert.deepEqual(reply.headers.getSetCookie(), [])
  }
})

test('every reply, refusals too, carries the headers that keep browsers in check', async () => {
  for (const path of ['/livez', '/jmap/session', '/nothing', '/auth/session']) {
    const { headers } = await fetch(node.url + path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/, path)
    assert.match(policy, /script-src 'self'(;|$)/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.match(policy, /base-uri 'none'/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/)
    assert.match(headers.get('x-request-id') ?? '', /^[\w-]{12}$/)
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

test('a client cannot choose its address, its request id or its host where no proxy is trusted', async () => {
  await using own = await startTestNode({ sessions: { failuresPerRemote: 2, failuresPerAddress: 100 } })
  const wrong = (n: number) =>
    fetch(`${own.url}/auth/sign-in`, {
      method: 'POST',
      headers: { ...json, 'x-forwarded-for': `198.51.100.${n}`, 'x-request-id': 'mine' },
      body: JSON.stringify({ username: `x${n}@example.test`, password: 'x' }),
    })
  assert.equal((await wrong(1)).status, 401)
  const second = await wrong(2)
  assert.notEqual(second.headers.get('x-request-id'), 'mine')
  assert.equal((await wrong(3)).status, 429)
})

test('behind a trusted proxy the limit is that of the client it names', async () => {
  await using own = await startTestNode({
    http: { trustedProxies: ['127.0.0.1'] },
    sessions: { failuresPerRemote: 1, failuresPerAddress: 100 },
  })
  const wrong = (from: string) =>
    fetch(`${own.url}/auth/sign-in`, {
      method: 'POST',
      headers: { ...json, 'x-forwarded-for': from },
      body: JSON.stringify({ username: 'alice@example.test', password: 'x' }),
    })
  assert.equal((await wrong('198.51.100.1')).status, 401)
  assert.equal((await wrong('198.51.100.1')).status, 429)
  // What the client wrote itself stands to the left of what the proxy saw.
  assert.equal((await wrong('203.0.113.9, 198.51.100.1')).status, 429)
  assert.equal((await wrong('198.51.100.2')).status, 401)
  assert.equal((await wrong('2001:db8::1')).status, 401)
  assert.equal((await wrong('2001:db8::ffff')).status, 429, 'one /64')
})

test('a body over the limit of its route is 413', async () => {
  const reply = await fetch(`${node.url}/auth/sign-in`, { method: 'POST', headers: json, body: 'x'.repeat(100_000) })
  assert.equal(reply.status, 413)
  assert.equal(((await reply.json()) as { type: string }).type, 'tooLarge')
})

async function raw(
  to: TestNode,
  text: string,
): Promise<{ socket: Socket; received: () => string; closed: Promise<void> }> {
  const socket = connect(to.port, to.host)
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  socket.write(text)
  return { socket, received: () => received, closed }
}

test('a client that sends its headers or its body too slowly loses its connection', async () => {
  await using impatient = await startTestNode({ http: { requestTimeoutMs: 400 } })
  const slowHeaders = await raw(impatient, 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const slowBody = await raw(
    impatient,
    'POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"username":',
  )
  const drip = setInterval(() => slowBody.socket.write('x'), 100)
  const startedAt = Date.now()
  await Promise.all([slowHeaders.closed, slowBody.closed])
  clearInterval(drip)
  assert.ok(Date.now() - startedAt < 5_000)
  assert.equal((await fetch(`${impatient.url}/livez`)).status, 200)
})

test('a Host that is none is 400 where our own address is needed', async () => {
  for (const host of ['a b', 'evil.example/x', '"><script>', 'user@host']) {
    const { received, socket } = await raw(node, `GET /.well-known/jmap HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    while (!received().includes('\r\n\r\n')) await sleep(5)
    assert.match(received(), /^HTTP\/1\.1 400 /, host)
    socket.destroy()
  }
})

test('two requests in one (smuggling) and broken HTTP are refused', async () => {
  const both =
    'POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  for (const text of [both, 'GET / HTTP/9.9\r\n\r\n', 'GARBAGE\r\n\r\n']) {
    const { received, closed, socket } = await raw(node, text)
    await Promise.race([closed, sleep(2_000)])
    assert.match(received(), /^HTTP\/1\.1 4\d\d /, text)
    socket.destroy()
  }
})

test('it is alive and ready; a failing check is named, without its reason', async () => {
  assert.equal((await fetch(`${node.url}/livez`)).status, 200)
  assert.deepEqual(await (await fetch(`${node.url}/readyz`)).json(), { ready: true, checks: {} })
  await using own = await startTestNode({
    checks: {
      sql: async () => {},
      blob: () => Promise.reject(new Error('secret path')),
    },
  })
  const reply = await fetch(`${own.url}/readyz`)
  assert.equal(reply.status, 503)
  assert.deepEqual(await reply.json(), { ready: false, checks: { sql: 'ok', blob: 'failed' } })
})

test('metrics are for who has their token, and name routes, never paths', async () => {
  assert.equal((await fetch(`${node.url}/metrics`)).status, 404, 'without a token there are none')
  await using own = await startTestNode({ http: { metricsToken: 'for-prometheus' } })
  for (const headers of [{}, { authorization: 'Bearer for-prometheu' }]) {
    assert.equal((await fetch(`${own.url}/metrics`, { headers: headers as Record<string, string> })).status, 401)
  }
  const client = await signIn(own)
  await client.fetch(`/jmap/download/${client.accountId}/bSecretBlob/x`)
  const reply = await fetch(`${own.url}/metrics`, { headers: { authorization: 'Bearer for-prometheus' } })
  const text = await reply.text()
  assert.match(
    text,
    /paquebot_http_request_duration_seconds_count\{route="\/jmap\/download\/:accountId\/:blobId\/:name",method="GET",status="404"\} 1/,
  )
  assert.doesNotMatch(text, /bSecretBlob/)
})

test('a drain lets the request in flight end, refuses new ones, closes streams, and is over', async () => {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<Record<string, unknown>>()
  await using own = await startTestNode({
    methods: {
      'Test/slow': {
        capability: urns.core,
        run() {
          started.resolve()
          return finish.promise
        },
      },
    },
  })
  const client = await signIn(own)
  const slow = client.request({ using: [urns.core], methodCalls: [['Test/slow', {}, 'c']] })
  const events = await client.fetch('/jmap/events?types=*&closeafter=no&ping=0')
  await started.promise
  const drained = own.listener.drain()
  const ended = events.text()
  const isRefused = () =>
    fetch(`${own.url}/livez`).then(
      () => false,
      () => true,
    )
  await eventually(isRefused, (refused) => refused, 'no new connection')
  finish.resolve({ done: true })
  const { status, body: answer } = await slow
  assert.equal(status, 200)
  assert.deepEqual((answer.methodResponses as unknown[][])[0], ['Test/slow', { done: true }, 'c'])
  await ended
  await drained
})

test('a drain cuts what does not end in its time', async () => {
  await using own = await startTestNode({
    http: { drainTimeoutMs: 300 },
    methods: { 'Test/stuck': { capability: urns.core, run: () => new Promise(() => {}) } },
  })
  const client = await signIn(own)
  const stuck = client.request({ using: [urns.core], methodCalls: [['Test/stuck', {}, 'c']] })
  stuck.catch(() => {})
  await sleep(50)
  const startedAt = Date.now()
  await own.listener.drain()
  assert.ok(Date.now() - startedAt < 3_000)
  await assert.rejects(stuck)
})
