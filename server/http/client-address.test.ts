import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, silentLog } from '#core/log.ts'
import { proxyHeader } from '#formats/proxy-protocol/samples.ts'
import { type ListenerOptions, openListener } from './listener.ts'

/** A listener that tells whom it takes the client for; and the warnings that it logs. */
async function listen(t: TestContext, options: Partial<ListenerOptions>) {
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (event, fields) => void warnings.push(`${event} ${fields?.reason ?? ''}`) }
  const listener = await openListener(
    { log, checks: {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 2_000,
      maxSocketMessageBytes: 1_000,
      ...options,
    },
  )
  listener.app.get('/who', (request) => ({ ip: request.ip, protocol: request.protocol, host: request.host }))
  listener.app.post('/size', (request) => ({ ip: request.ip, size: JSON.stringify(request.body).length }))
  const { port } = await listener.listen()
  t.after(() => listener.drain())
  return { port, warnings, listener }
}

/** Sends the pieces, each in a packet of its own, and reads until the other side closes. */
async function exchange(port: number, pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  for (const piece of pieces) {
    if (!socket.writable) break
    socket.write(piece)
    await sleep(2)
  }
  await closed
  return answer
}

const get = (headers: readonly string[] = [], path = '/who') =>
  `GET ${path} HTTP/1.1\r\nHost: mail.test\r\n${headers.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`

function told(answer: string) {
  assert.match(answer, /^HTTP\/1\.1 200 /, answer)
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { ip: string; protocol: string; host: string }
}

const loopback = ['127.0.0.0/8', '::1']
const line = 'PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n'

test('behind the PROXY protocol the client is the one that the header names, in either version', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback })
  assert.equal(told(await exchange(port, [line + get()])).ip, '192.0.2.7')
  assert.equal(told(await exchange(port, [line, get()])).ip, '192.0.2.7')
  const tls = proxyHeader({ address: '2001:db8::7', vectors: Buffer.from([0x20, 0, 5, 1, 0, 0, 0, 0]) })
  const answer = told(await exchange(port, [Buffer.concat([tls, Buffer.from(get())])]))
  assert.deepEqual([answer.ip, answer.protocol], ['2001:db8::7', 'https'])
})

test('a header and a request that come octet by octet are understood', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback })
  assert.equal(told(await exchange(port, [...(line + get())])).ip, '192.0.2.7')
})

test('bodies that travel with the header, and requests one after the other, keep their octets', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback })
  const body = JSON.stringify({ text: 'x'.repeat(40_000) })
  const post = `POST /size HTTP/1.1\r\nHost: mail.test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const answer = await exchange(port, [line + post + post + get()])
  assert.equal(answer.split(`"size":${body.length}`).length, 3)
  assert.equal(answer.split('"ip":"192.0.2.7"').length, 4)
})

test('a balancer that checks for itself is itself', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback })
  assert.equal(told(await exchange(port, [proxyHeader({ command: 0 }), get()])).ip, '127.0.0.1')
})

test('a sender of the list that sends none, or a bad one, is cut off without an answer, and the log hears of it', async (t) => {
  const { port, warnings } = await listen(t, { proxyProtocolFrom: loopback })
  for (const bytes of [get(), 'PROXY TCP4 nobody\r\n', proxyHeader({ version: 3 })]) {
    assert.equal(await exchange(port, [bytes]), '')
  }
  assert.equal(warnings.filter((text) => text.startsWith('http.proxyHeader')).length, 3, warnings.join('\n'))
})

test('who is not on the list cannot name himself', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: ['10.0.0.0/8'] })
  assert.match(await exchange(port, [line + get()]), /^HTTP\/1\.1 400 /)
  assert.equal(told(await exchange(port, [get()])).ip, '127.0.0.1')
})

test('a second header is the first words of a client, and no HTTP', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback })
  const second = 'PROXY TCP4 198.51.100.9 10.0.0.1 1 2\r\n'
  assert.match(await exchange(port, [line + second + get()]), /^HTTP\/1\.1 400 /)
})

test('X-Forwarded-* behind the PROXY protocol are the client’s own words', async (t) => {
  const { port } = await listen(t, { proxyProtocolFrom: loopback, trustedProxies: loopback })
  const spoof = ['X-Forwarded-For: 198.51.100.9', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.test']
  const answer = told(await exchange(port, [line + get(spoof)]))
  assert.deepEqual(answer, { ip: '192.0.2.7', protocol: 'http', host: 'mail.test' })
})

test('of X-Forwarded-For the last word that no trusted proxy wrote counts', async (t) => {
  const { port } = await listen(t, { trustedProxies: [...loopback, '10.0.0.0/8'] })
  const ip = async (value: string) => told(await exchange(port, [get([`X-Forwarded-For: ${value}`])])).ip
  assert.equal(await ip('192.0.2.7'), '192.0.2.7')
  assert.equal(await ip('198.51.100.9, 192.0.2.7, 10.1.2.3'), '192.0.2.7')
  assert.equal(await ip('127.0.0.1, 192.0.2.7'), '192.0.2.7')
})

test('from elsewhere neither X-Forwarded-* nor Forwarded is believed', async (t) => {
  for (const forwardedHeader of ['x-forwarded', 'forwarded'] as const) {
    const { port } = await listen(t, { trustedProxies: ['10.0.0.0/8'], forwardedHeader })
    const spoof = [
      'X-Forwarded-For: 198.51.100.9',
      'X-Forwarded-Proto: https',
      'Forwarded: for=198.51.100.9;proto=https',
    ]
    assert.deepEqual(told(await exchange(port, [get(spoof)])), {
      ip: '127.0.0.1',
      protocol: 'http',
      host: 'mail.test',
    })
  }
})

test('the header that is not the proxies’ own is passed over, though a trusted proxy hands it on', async (t) => {
  const both = ['X-Forwarded-For: 198.51.100.9', 'X-Forwarded-Proto: https', 'Forwarded: for=192.0.2.7;host=a.test']
  const rfc = await listen(t, { trustedProxies: loopback, forwardedHeader: 'forwarded' })
  assert.deepEqual(told(await exchange(rfc.port, [get(both)])), { ip: '192.0.2.7', protocol: 'http', host: 'a.test' })
  const common = await listen(t, { trustedProxies: loopback })
  assert.equal(told(await exchange(common.port, [get(both)])).ip, '198.51.100.9')
  const broken = ['X-Forwarded-For: 198.51.100.9', 'Forwarded: for=192.0.2.7,']
  assert.equal(told(await exchange(rfc.port, [get(broken)])).ip, '127.0.0.1')
})

test('a drain does not wait for connections that have not said who they are', async (t) => {
  const { port, listener } = await listen(t, { proxyProtocolFrom: loopback, drainTimeoutMs: 60_000 })
  const silent = exchange(port, ['PROXY '])
  await sleep(20)
  await listener.drain()
  assert.equal(await silent, '')
})
