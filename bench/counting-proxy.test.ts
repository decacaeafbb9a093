import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { commandScanner, startCountingProxy } from './counting-proxy.ts'

function scan(...chunks: readonly string[]): string[] {
  const names: string[] = []
  const feed = commandScanner((name) => names.push(name))
  for (const chunk of chunks) feed(Buffer.from(chunk, 'latin1'))
  return names
}

test('commands are counted by name, UID or not, wherever the chunks are cut', () => {
  assert.deepEqual(scan('a1 SEL', 'ECT inbox\r\na2 UID FETCH 1:* (FLAGS)\r', '\na3 noop\r\n'), [
    'SELECT',
    'FETCH',
    'NOOP',
  ])
})

test('what stands in a literal, and what goes on after it, is no command', () => {
  assert.deepEqual(scan('a APPEND x {12+}\r\nb FETCH 1\r\n.', '\r\nc NOOP\r\n'), ['APPEND', 'NOOP'])
  assert.deepEqual(scan('a APPEND x {3}\r\nabc {4}\r\ndefg\r\nb NOOP\r\n'), ['APPEND', 'NOOP'])
})

test('DONE ends an IDLE and is no command of its own', () => {
  assert.deepEqual(scan('a IDLE\r\n', 'DONE\r\n', 'b NOOP\r\n'), ['IDLE', 'NOOP'])
})

test('what a server says beyond the allowance waits until the allowance is lifted', async (t) => {
  const said = Buffer.alloc(2_000_000, 'x')
  const server = createServer((socket) => socket.end(said)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startCountingProxy((server.address() as AddressInfo).port)
  t.after(async () => {
    await proxy.close()
    server.close()
  })
  proxy.setAllowance(100_000)
  const client = connect(proxy.port, '127.0.0.1')
  let heard = 0
  client.on('data', (chunk: Buffer) => (heard += chunk.length))
  while (heard <= 100_000) await once(client, 'data')
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(heard < 300_000, `${heard} octets`)
  assert.equal(proxy.connections(), 1)
  proxy.setAllowance(null)
  await once(client, 'end')
  assert.equal(heard, said.length)
  assert.equal(proxy.take().mostConnections, 1)
})
