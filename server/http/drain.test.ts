import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import { openListener } from './listener.ts'

test('a drain does not wait for the connection of a stream that has ended', async () => {
  const listener = await openListener(
    { log: silentLog, checks: {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 8_000,
      maxSocketMessageBytes: 1000,
    },
  )
  const stream = new PassThrough()
  stream.write('hello')
  listener.app.get('/stream', (_, reply) => reply.send(stream))
  const { port } = await listener.listen()
  // As a balancer does: the connection is kept for the next request.
  const agent = new Agent({ keepAlive: true })
  const [reply] = (await once(get({ host: '127.0.0.1', port, path: '/stream', agent }), 'response')) as [
    IncomingMessage,
  ]
  await once(reply, 'data')
  const started = performance.now()
  const drained = listener.drain()
  setTimeout(() => stream.end(), 300)
  reply.resume()
  await drained
  agent.destroy()
  assert.ok(performance.now() - started < 7_000, 'the drain ended by its time limit')
})
