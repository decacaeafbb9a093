import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { silentLog } from '#core/log.ts'
import { type Listener, openListener } from '#http/listener.ts'
import { addAssetRoutes } from './asset-routes.ts'

const folder = mkdtempSync(join(tmpdir(), 'paquebot-brand-'))
const built = `<!doctype html><html><head>
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#eef2f5" />
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b1218" />
    <meta name="application-name" content="Paquebot" />
    <title>Paquebot</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" crossorigin href="/assets/start.css">
  </head><body><noscript>Paquebot needs JavaScript.</noscript></body></html>`
const html = { accept: 'text/html' }
let listener: Listener

before(async () => {
  writeFileSync(join(folder, 'index.html'), built)
  writeFileSync(join(folder, 'index.html.gz'), gzipSync(built))
  const options = { listen: '127.0.0.1:0', trustedProxies: [], requestTimeoutMs: 5_000, drainTimeoutMs: 1_000 }
  listener = await openListener({ log: silentLog, checks: {} }, { ...options, maxSocketMessageBytes: 1_000 })
  await addAssetRoutes(listener.app, {
    folder,
    log: silentLog,
    brand: {
      name: 'Fish & "Chips" $&',
      logo: { kind: 'svg', bytes: Buffer.from('<svg/>') },
      darkLogo: { kind: 'png', bytes: Buffer.from('dark') },
      tokens: { accent: ['#8a1538', '#ff9bb3'], deck: ['#fff8f0', '#100800'] },
    },
  })
})
after(async () => {
  await listener.drain()
  rmSync(folder, { recursive: true })
})

const get = (url: string, headers: Record<string, string> = {}) => listener.app.inject({ url, headers })

test('every place in the app is the page of the brand, compressed twins notwithstanding', async () => {
  for (const url of ['/', '/mail/inbox', '/index.html']) {
    const reply = await get(url, { ...html, 'accept-encoding': 'gzip' })
    assert.equal(reply.statusCode, 200, url)
    assert.equal(reply.headers['cache-control'], 'no-cache')
    assert.match(String(reply.headers['content-security-policy']), /script-src 'self'/)
    assert.match(reply.body, /<title>Fish &amp; &quot;Chips&quot; \$&amp;<\/title>/)
    assert.match(reply.body, /name="application-name" content="Fish &amp; &quot;Chips&quot; \$&amp;"/)
    assert.match(reply.body, /<noscript>Fish &amp; /)
    assert.match(reply.body, /light\)" content="#fff8f0"[\s\S]*dark\)" content="#100800"/)
    assert.match(reply.body, /<link rel="icon" href="\/brand\/logo-[0-9a-f]{16}\.svg" type="image\/svg\+xml" \/>/)
    assert.ok(reply.body.indexOf('/brand/tokens-') > reply.body.indexOf('/assets/start.css'), 'after the client’s own')
  }
  assert.equal((await get('/brand', html)).statusCode, 404)
})

test('the page is sent once, until the client or the brand is another', async () => {
  const first = await get('/', html)
  const etag = String(first.headers.etag)
  const again = await get('/', { ...html, 'if-none-match': `W/${etag}` })
  assert.equal(again.statusCode, 304)
  assert.equal(again.body, '')
  writeFileSync(join(folder, 'index.html'), `${built}<!-- newer -->`)
  assert.equal((await get('/', { ...html, 'if-none-match': etag })).statusCode, 200)
})

test('its files never change under their names, and run nothing', async () => {
  const { body } = await get('/', html)
  const addresses = [...body.matchAll(/\/brand\/[a-z0-9-]+\.[a-z]+/g)].map(([address]) => address)
  assert.deepEqual([...new Set(addresses)].map((address) => address.replace(/-[0-9a-f]{16}/, '')).sort(), [
    '/brand/logo-dark.png',
    '/brand/logo.svg',
    '/brand/tokens.css',
  ])
  for (const address of addresses) {
    const reply = await get(address)
    assert.equal(reply.statusCode, 200, address)
    assert.match(String(reply.headers['cache-control']), /immutable/)
    assert.match(String(reply.headers['content-security-policy']), /default-src 'none'.*sandbox/)
  }
  const sheet = (await get(addresses.find((address) => address.endsWith('.css')) as string)).body
  assert.match(sheet, /^:root\{--accent:#8a1538;--deck:#fff8f0\}/)
  assert.match(sheet, /dark[\s\S]*--accent:#ff9bb3/)
})

test('a file of another node’s brand is the one that is here, and asked for anew', async () => {
  const reply = await get('/brand/logo-0123456789abcdef.svg')
  assert.equal(reply.statusCode, 200)
  assert.equal(reply.headers['cache-control'], 'no-cache')
  assert.equal((await get('/brand/other-0123456789abcdef.svg')).statusCode, 404)
  assert.equal((await get('/brand/logo.svg')).statusCode, 404)
})
