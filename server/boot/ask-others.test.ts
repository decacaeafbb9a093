import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { never } from '#testing/scripted-connection.ts'
import { askOthers } from './ask-others.ts'

async function node(t: TestContext, answer: object, asked: string[] = []) {
  const server = createServer((request, reply) => {
    asked.push(request.url ?? '')
    reply.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('better is who passes at this moment and takes requests; who says nothing is not counted', async (t) => {
  const asked: string[] = []
  const well = await node(t, { ready: true, passesNow: true }, asked)
  const failing = await node(t, { ready: true, passesNow: false })
  // It would pass, and fails at something else: two such nodes would send people to one another.
  const unready = await node(t, { ready: false, passesNow: true })
  const older = await node(t, { ready: true })
  const other = await node(t, { hello: 'world' })
  const gone = { address: '127.0.0.1:1' }
  assert.equal(await askOthers([gone, failing, well], 'imap-2', never), 'better')
  assert.deepEqual(asked, ['/readyz?now=imap-2'])
  assert.equal(await askOthers([failing, unready, older, gone], 'imap', never), 'alike')
  assert.equal(await askOthers([gone, other], 'imap', never), 'unknown')
  assert.equal(await askOthers([], 'imap', never), 'unknown')
})
