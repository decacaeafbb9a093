// The protocol against a server that says what a test wants: in pieces, wrongly, late, never.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { eventually } from '#testing/eventually.ts'
import { type MemcachedHost, openMemcachedHost, parseAddress } from './memcached-host.ts'

/** `answer` gets each command line but the greeting. */
async function withServer(
  answer: (line: string, socket: Socket) => void,
  work: (host: MemcachedHost, state: () => boolean | null) => Promise<void>,
) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      text += String(bytes)
      const lines = text.split('\r\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (line === 'version') socket.write('VERSION 1.6\r\n')
        else answer(line, socket)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let isUp: boolean | null = null
  const host = openMemcachedHost(
    `127.0.0.1:${(server.address() as AddressInfo).port}`,
    { log: silentLog, onState: (state) => (isUp = state) },
    { timeoutMs: 1000, retryMs: 10 },
  )
  try {
    await work(host, () => isUp)
  } finally {
    await host.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}
const unavailable = (call: Promise<unknown>) => assert.rejects(call, (error) => isFailure(error, 'unavailable'))

test('values come in pieces of any size, several answers in one, and octets are counted, not characters', () =>
  withServer(
    (line, socket) => {
      if (!line.startsWith('gets')) return
      const value = `${line.slice(5)} ist täglich 📬\r\nEND`
      const text = Buffer.from(`VALUE ${line.slice(5)} 0 ${Buffer.byteLength(value)} 77\r\n${value}\r\nEND\r\n`)
      for (const octet of text) socket.write(Buffer.of(octet))
    },
    async (host) => {
      const keys = Array.from({ length: 20 }, (_, at) => `k${at}`)
      const found = await Promise.all(keys.map((key) => host.gets(key)))
      for (const [at, key] of keys.entries()) {
        assert.deepEqual(found[at], { value: `${key} ist täglich 📬\r\nEND`, cas: '77' })
      }
    },
  ))

test('an answer that is not understood is no answer: not «gone», not «stored»', async () => {
  for (const said of [
    'SERVER_ERROR out of memory storing object',
    'ERROR',
    'CLIENT_ERROR bad',
    'HTTP/1.1 400 Bad Request',
    '',
  ]) {
    await withServer(
      (_line, socket) => socket.write(`${said}\r\n`),
      async (host) => {
        await unavailable(host.gets('k'))
        await unavailable(host.add('k', 'v', 10))
        await unavailable(host.cas('k', 'v', 10, '1'))
        await unavailable(host.delete('k'))
      },
    )
  }
})

test('a value of absurd length ends the connection, and the next one serves', async () => {
  let isBad = true
  await withServer(
    (_line, socket) => socket.write(isBad ? 'VALUE k 0 99999999999 1\r\n' : 'END\r\n'),
    async (host, state) => {
      await unavailable(host.gets('k'))
      isBad = false
      await eventually(state, (isUp) => isUp === true, 'not taken back')
      assert.equal(await host.gets('k'), null)
    },
  )
})

test('a host that never answers is down, its other calls fail at once, and it is taken back by itself', async () => {
  let isSilent = true
  let asked = 0
  await withServer(
    (_line, socket) => {
      asked++
      if (!isSilent) socket.write('END\r\n')
    },
    async (host, state) => {
      await unavailable(Promise.all([host.gets('a'), host.gets('b')]))
      isSilent = false
      await eventually(state, (isUp) => isUp === true, 'not taken back')
      assert.equal(await host.gets('c'), null)
      assert.equal(asked, 3)
    },
  )
})

test('a key that could be a command is refused before it is sent; addresses are read or refused', async () => {
  await withServer(
    (line) => assert.fail(line),
    async (host) => {
      for (const key of ['a b', 'a\r\nflush_all', '', 'ä', 'x'.repeat(251)]) {
        await assert.rejects(host.gets(key), (error) => isFailure(error, 'internal'))
      }
    },
  )
  assert.deepEqual(parseAddress('[::1]:11211'), { host: '::1', port: 11_211 })
  assert.deepEqual(parseAddress('unix:/run/m.sock'), { path: '/run/m.sock' })
  for (const bad of ['host', 'host:', ':1', 'http://host:1']) assert.throws(() => parseAddress(bad))
})
