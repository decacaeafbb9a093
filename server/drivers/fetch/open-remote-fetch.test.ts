import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, Failure } from '#core/errors.ts'
import { openRemoteFetch, type RemoteFetchOptions } from './open-remote-fetch.ts'

const limits = {
  maxBytes: 64 * 1024,
  timeoutMs: 5_000,
  maxRedirects: 3,
  ownHosts: [],
  userAgent: 'Mozilla/5.0 (compatible; mail image proxy)',
}
const signal = new AbortController().signal

async function listen(t: TestContext, handler: RequestListener): Promise<number> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function open(t: TestContext, options: Partial<RemoteFetchOptions>) {
  const fetch = openRemoteFetch({ ...limits, trustedOrigins: [], ...options })
  t.after(() => fetch.close())
  return fetch
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const fails = (code: ErrorCode) => (error: unknown) => {
  assert.ok(error instanceof Failure)
  assert.equal(error.code, code)
  return true
}

test('what is fetched is asked for with nothing that tells who asks', async (t) => {
  let headers: IncomingHttpHeaders = {}
  const port = await listen(t, (request, response) => {
    headers = request.headers
    response.writeHead(200, { 'set-cookie': 'id=1' }).end('bytes')
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin] })
  for (let n = 0; n < 2; n++) {
    const body = await fetch.get(`${origin}/a?b#c`, 'image/*', signal)
    assert.equal(await read(body), 'bytes')
  }
  const { connection: _, ...told } = headers
  assert.deepEqual(told, {
    host: `127.0.0.1:${port}`,
    accept: 'image/*',
    'accept-encoding': 'identity',
    'user-agent': 'Mozilla/5.0 (compatible; mail image proxy)',
  })
})

test('a name that resolves inside is refused without a connection, however it mixes addresses', async (t) => {
  for (const addresses of [
    ['127.0.0.1'],
    ['8.8.8.8', '10.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['169.254.169.254'],
  ]) {
    const fetch = open(t, {
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    })
    await assert.rejects(
      fetch.get('http://127.0.0.1.nip.io/x.png', 'image/*', signal),
      fails('forbidden'),
      addresses.join(),
    )
  }
})

test('a connection goes to the address that was checked: a name is asked for once', async (t) => {
  let asked = 0
  const port = await listen(t, (request, response) => response.end(request.headers.host))
  const origin = `http://pictures.example:${port}`
  const fetch = open(t, {
    trustedOrigins: [origin],
    resolve: async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.9.9.9', family: 4 }],
  })
  const body = await fetch.get(`${origin}/x`, '*/*', signal)
  assert.equal(await read(body), `pictures.example:${port}`)
  assert.equal(asked, 1)
})

test('a redirect is checked like the first URL', async (t) => {
  const asked: string[] = []
  let target = ''
  const port = await listen(t, (request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(302, { location: target }).end('x'.repeat(100))
  })
  const inside = await listen(t, (_, response) => {
    asked.push('inside')
    response.end('secret')
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, {
    trustedOrigins: [origin],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  })
  for (target of [
    `http://127.0.0.1:${inside}/`,
    'http://[::1]/',
    'http://0x7f000001/',
    'http://name-of-the-inside.example/',
    'file:///etc/passwd',
    `http://user@127.0.0.1:${port}/`,
  ]) {
    await assert.rejects(fetch.get(`${origin}/`, '*/*', signal), (error: unknown) => {
      assert.ok(error instanceof Failure)
      assert.ok(error.code === 'forbidden' || error.code === 'badInput', `${target}: ${error.code}`)
      return true
    })
  }
  assert.equal(asked.includes('inside'), false)
  assert.equal(asked.length, 6)
})

test('three redirects are followed, a fourth is not', async (t) => {
  const port = await listen(t, (request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) response.end('there')
    else response.writeHead(307, { location: `/${left - 1}` }).end()
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin] })
  assert.equal(await read(await fetch.get(`${origin}/3`, '*/*', signal)), 'there')
  await assert.rejects(fetch.get(`${origin}/4`, '*/*', signal), fails('notFound'))
})

test('too many bytes are refused, announced or not', async (t) => {
  const port = await listen(t, (request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', limits.maxBytes + 1)
    else response.write('x') // chunked from here on: the length is told by nobody
    response.end(Buffer.alloc(limits.maxBytes + 1))
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin] })
  await assert.rejects(fetch.get(`${origin}/announced`, '*/*', signal), fails('tooLarge'))
  const body = await fetch.get(`${origin}/chunked`, '*/*', signal)
  await assert.rejects(read(body), fails('tooLarge'))
})

test('a far end that is slow, at the headers or in the body, ends in a timeout', async (t) => {
  const port = await listen(t, async (request, response) => {
    if (request.url === '/body') response.writeHead(200).write('x')
    await sleep(2_000, undefined, { ref: false })
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin], timeoutMs: 150 })
  await assert.rejects(fetch.get(`${origin}/headers`, '*/*', signal), fails('timeout'))
  const body = await fetch.get(`${origin}/body`, '*/*', signal)
  await assert.rejects(read(body), fails('timeout'))
})

test('a compressed answer is refused: it was not asked for, and may be a bomb', async (t) => {
  const port = await listen(t, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
  const origin = `http://127.0.0.1:${port}`
  await assert.rejects(open(t, { trustedOrigins: [origin] }).get(`${origin}/`, '*/*', signal), fails('unsupported'))
})

test('a caller that goes away cancels the fetch, a dead server is unavailable', async (t) => {
  const port = await listen(t, () => {})
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin, 'http://127.0.0.1:1'] })
  const caller = new AbortController()
  setTimeout(() => caller.abort(), 50)
  await assert.rejects(fetch.get(`${origin}/`, '*/*', caller.signal), fails('canceled'))
  await assert.rejects(fetch.get('http://127.0.0.1:1/', '*/*', signal), fails('unavailable'))
})

test('a form goes out once, with nothing that tells who asks, and its redirect is an answer', async (t) => {
  const seen: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const port = await listen(t, async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(302, { location: '/elsewhere', 'set-cookie': 'a=b' }).end('x'.repeat(100_000))
  })
  const origin = `http://127.0.0.1:${port}`
  const fetch = open(t, { trustedOrigins: [origin] })
  const form = { type: 'application/x-www-form-urlencoded', text: 'List-Unsubscribe=One-Click' }
  assert.equal(await fetch.post(`${origin}/leave?me=1`, form, signal), 302)
  assert.equal(seen.length, 1)
  const { headers, ...rest } = seen[0]!
  assert.deepEqual(rest, { url: '/leave?me=1', body: 'List-Unsubscribe=One-Click' })
  assert.deepEqual(
    Object.keys(headers)
      .filter((name) => name !== 'connection')
      .sort(),
    ['content-length', 'content-type', 'host', 'user-agent'],
  )
})

test('a form goes over https alone, and to no address inside', async (t) => {
  const fetch = open(t, { resolve: async () => [{ address: '10.0.0.7', family: 4 }] })
  const form = { type: 'text/plain', text: 'x' }
  await assert.rejects(fetch.post('http://lists.example.com/', form, signal), fails('badInput'))
  await assert.rejects(fetch.post('https://lists.example.com/', form, signal), fails('forbidden'))
  await assert.rejects(fetch.post('https://127.0.0.1/', form, signal), fails('forbidden'))
})
