import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import { openImages } from '#domain/images/index.ts'
import { openGuard } from '#http/guard.ts'
import { openListener } from '#http/listener.ts'
import { addImageRoutes } from './image-routes.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40, 7)])
const origin = 'http://mail.example.test'

async function open(t: TestContext, bytes: Uint8Array = png) {
  const fetched: string[] = []
  const { app } = await openListener(
    { log: silentLog, checks: {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 5_000,
      drainTimeoutMs: 1_000,
      maxSocketMessageBytes: 1_000,
    },
  )
  t.after(() => app.close())
  const guard = openGuard({
    baseUrl: origin,
    authenticator: {
      async find({ kind, secret }) {
        if (!['alice', 'bob', 'narrow'].includes(secret)) throw new Failure('unauthenticated')
        const credential = { kind: 'password', username: secret, password: 'x' } as const
        const scopes = secret === 'narrow' ? ['urn:ietf:params:jmap:mail'] : null
        return {
          account: secret,
          address: `${secret}@example.test`,
          credential,
          kind,
          session: 's',
          scopes,
          csrf: 'token',
        }
      },
      async findByPassword() {
        throw new Failure('unauthenticated')
      },
    },
  })
  const images = openImages({
    ring: openKeyRing([{ id: 'k1', key: Buffer.alloc(32, 1) }]),
    fetch: {
      async get(url) {
        fetched.push(url)
        return (async function* () {
          yield bytes
        })()
      },
    },
  })
  addImageRoutes(app, { images, guard })
  const sign = (who: string, urls: unknown, headers: Record<string, string> = { 'x-csrf-token': 'token' }) =>
    app.inject({
      method: 'POST',
      url: '/proxy/sign',
      headers: { cookie: `paquebot-session=${who}`, origin, ...headers },
      payload: { urls } as object,
    })
  const load = (who: string, url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { ...(who ? { cookie: `paquebot-session=${who}` } : {}), ...headers } })
  return { sign, load, fetched }
}

const remote = 'https://example.org/a.png?b=c&d'

test('a signed picture is served as nothing but a picture', async (t) => {
  const { sign, load, fetched } = await open(t)
  const { images } = (await sign('alice', [remote])).json<{ images: string[] }>()
  const reply = await load('alice', images[0]!)
  assert.equal(reply.statusCode, 200)
  assert.deepEqual(reply.rawPayload, png)
  assert.deepEqual(fetched, [remote])
  assert.equal(reply.headers['content-type'], 'image/png')
  assert.equal(reply.headers['content-disposition'], 'inline; filename="image"')
  assert.equal(reply.headers['content-security-policy'], "default-src 'none'; sandbox")
  assert.equal(reply.headers['x-content-type-options'], 'nosniff')
  assert.equal(reply.headers['cache-control'], 'private, max-age=86400, immutable')
})

test('nobody gets a picture without being signed in, nor with a signature made for another', async (t) => {
  const { sign, load, fetched } = await open(t)
  const { images } = (await sign('alice', [remote])).json<{ images: string[] }>()
  assert.equal((await load('', images[0]!)).statusCode, 401)
  assert.equal((await load('mallory', images[0]!)).statusCode, 401)
  assert.equal((await load('bob', images[0]!)).statusCode, 403)
  assert.equal((await load('alice', images[0]!.replace('a.png', 'b.png'))).statusCode, 403)
  assert.equal((await load('alice', `/proxy/image?url=${encodeURIComponent(remote)}`)).statusCode, 400)
  assert.equal((await load('alice', `${images[0]}&url=https://evil.example/`)).statusCode, 400)
  assert.deepEqual(fetched, [])
})

test('signatures are given to our own page alone', async (t) => {
  const { sign } = await open(t)
  assert.equal((await sign('alice', [remote], {})).statusCode, 403)
  assert.equal(
    (await sign('alice', [remote], { 'x-csrf-token': 'token', origin: 'https://evil.example' })).statusCode,
    403,
  )
  assert.equal((await sign('alice', 'no list')).statusCode, 400)
  assert.equal((await sign('alice', [1])).statusCode, 400)
  assert.equal(
    (
      await sign(
        'alice',
        Array.from({ length: 1001 }, () => remote),
      )
    ).statusCode,
    400,
  )
  assert.equal((await sign('', [remote], { authorization: 'Bearer narrow' })).statusCode, 403)
})

test('another site cannot show a picture of ours, and what is no picture is not served', async (t) => {
  const { sign, load } = await open(t, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'))
  const { images } = (await sign('alice', [remote])).json<{ images: string[] }>()
  assert.equal((await load('alice', images[0]!, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
  const reply = await load('alice', images[0]!)
  assert.equal(reply.statusCode, 501)
  assert.doesNotMatch(reply.body, /svg/)
})
