// What is compressed and what never is (docs/adr/2026-11-22-compressed-replies.md). Over HTTP itself: fetch would unpack by itself.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { after, before, test } from 'node:test'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'

let node: TestNode
let client: TestClient
before(async () => {
  node = await startTestNode()
  client = await signIn(node)
})
after(async () => {
  await node?.stop()
})

async function open(path: string, options: RequestOptions = {}, body: string | Buffer = ''): Promise<IncomingMessage> {
  const { cookie, csrf } = client
  const own = { cookie, origin: node.url, 'x-csrf-token': csrf, 'content-type': 'application/json' }
  const sent = request(new URL(path, node.url), { ...options, agent: false, headers: { ...own, ...options.headers } })
  sent.end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  return reply
}

async function echo(bytes: number, acceptEncoding?: string): Promise<{ headers: IncomingHttpHeaders; octets: Buffer }> {
  const methodCalls = [['Core/echo', { text: 'abcdefgh '.repeat(bytes / 9) }, 'c']]
  const body = JSON.stringify({ using: ['urn:ietf:params:jmap:core'], methodCalls })
  const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }
  const reply = await open('/jmap/api', { method: 'POST', headers }, body)
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(chunk as Buffer)
  return { headers: reply.headers, octets: Buffer.concat(chunks) }
}

const textOf = (octets: Buffer) => JSON.parse(octets.toString()).methodResponses[0][1].text as string

test('a large reply is compressed as its reader accepts, and caches are told', async () => {
  const plain = await echo(20_000)
  assert.equal(plain.headers['content-encoding'], undefined)
  const brotli = await echo(20_000, 'gzip, deflate, br')
  assert.equal(brotli.headers['content-encoding'], 'br')
  assert.match(String(brotli.headers.vary), /accept-encoding/i)
  assert.equal(textOf(brotliDecompressSync(brotli.octets)), textOf(plain.octets))
  const gzip = await echo(20_000, 'gzip')
  assert.equal(gzip.headers['content-encoding'], 'gzip')
  assert.equal(textOf(gunzipSync(gzip.octets)), textOf(plain.octets))
  assert.ok(brotli.octets.length < plain.octets.length / 4)
})

test('a small reply, and one whose reader accepts none, is sent as it is', async () => {
  assert.equal((await echo(500, 'br')).headers['content-encoding'], undefined)
  assert.equal((await echo(20_000, 'identity')).headers['content-encoding'], undefined)
  assert.equal((await echo(20_000, 'br;q=0')).headers['content-encoding'], undefined)
})

test('a compressed request is not unpacked: it could grow beyond any limit', async () => {
  const body = gzipSync(JSON.stringify({ using: ['urn:ietf:params:jmap:core'], methodCalls: [] }))
  const reply = await open('/jmap/api', { method: 'POST', headers: { 'content-encoding': 'gzip' } }, body)
  reply.resume()
  assert.equal(reply.statusCode, 400)
})

test('what tells our own secrets is never compressed', async () => {
  const reply = await open('/auth/session', { headers: { 'accept-encoding': 'br, gzip' } })
  reply.resume()
  assert.equal(reply.statusCode, 200)
  assert.equal(reply.headers['content-encoding'], undefined)
})

test('an event stream is never compressed, nor held back', async () => {
  const reply = await open('/jmap/events?types=*&closeafter=no&ping=1', { headers: { 'accept-encoding': 'br, gzip' } })
  assert.equal(reply.headers['content-encoding'], undefined)
  const [first] = (await once(reply, 'data')) as [Buffer]
  assert.ok(first.length > 0)
  reply.destroy()
})
