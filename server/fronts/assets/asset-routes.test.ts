import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { type Listener, openListener } from '#http/listener.ts'
import { addAssetRoutes } from './asset-routes.ts'

const folder = mkdtempSync(join(tmpdir(), 'paquebot-assets-'))
let listener: Listener
const html = { accept: 'text/html,*/*' }

before(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>app</title>')
  writeFileSync(join(folder, 'assets/main-abc123.js'), 'console.log("plain")')
  writeFileSync(join(folder, 'assets/main-abc123.js.br'), brotliCompressSync('console.log("plain")'))
  writeFileSync(join(folder, '.inputs'), 'secret')
  const options = { listen: '127.0.0.1:0', trustedProxies: [], requestTimeoutMs: 5_000, drainTimeoutMs: 1_000 }
  listener = await openListener({ log: silentLog, checks: {} }, { ...options, maxSocketMessageBytes: 1_000 })
  await addAssetRoutes(listener.app, { folder, brand: null, log: silentLog })
})
after(async () => {
  await listener.drain()
  rmSync(folder, { recursive: true })
})

test('hashed files are immutable, and sent compressed to those who take it', async () => {
  const plain = await listener.app.inject('/assets/main-abc123.js')
  assert.equal(plain.body, 'console.log("plain")')
  assert.match(String(plain.headers['cache-control']), /immutable/)
  assert.match(String(plain.headers['content-type']), /javascript/)
  const brotli = await listener.app.inject({
    url: '/assets/main-abc123.js',
    headers: { 'accept-encoding': 'gzip, deflate, br' },
  })
  assert.equal(brotli.headers['content-encoding'], 'br')
  assert.match(String(brotli.headers['content-type']), /javascript/)
})

test('every place in the app is index.html, asked for anew by its ETag', async () => {
  for (const url of ['/', '/mail/inbox/x1', '/settings']) {
    const reply = await listener.app.inject({ url, headers: html })
    assert.equal(reply.statusCode, 200, url)
    assert.match(reply.body, /<title>app/)
    assert.equal(reply.headers['cache-control'], 'no-cache')
    assert.match(String(reply.headers['content-security-policy']), /script-src 'self'/)
  }
  const { etag } = (await listener.app.inject({ url: '/', headers: html })).headers
  const again = await listener.app.inject({ url: '/', headers: { ...html, 'if-none-match': String(etag) } })
  assert.equal(again.statusCode, 304)
})

test('what is no place in the app is a 404 problem, hidden files and paths out of the folder included', async () => {
  const urls = ['/assets/gone.js', '/jmap/nothing', '/auth/nothing', '/.inputs', '/a.php']
  for (const url of urls) {
    const reply = await listener.app.inject({ url, headers: html })
    assert.equal(reply.statusCode, 404, `${url} ${reply.statusCode}`)
    assert.match(String(reply.headers['content-type']), /problem\+json/)
  }
  const above = await listener.app.inject({ url: '/..%2f..%2f..%2fetc/passwd', headers: { accept: '*/*' } })
  assert.equal(above.statusCode, 404)
  assert.equal((await listener.app.inject({ url: '/mail', headers: { accept: 'application/json' } })).statusCode, 404)
})

test('the page and its files are there on a node that refuses everything else', async (t) => {
  const checks = { sessions: () => Promise.reject(new Failure('unavailable')) }
  const options = { listen: '127.0.0.1:0', trustedProxies: [], requestTimeoutMs: 5_000, drainTimeoutMs: 1_000 }
  const worse = await openListener(
    { log: silentLog, checks, othersDo: async () => 'better' },
    { ...options, maxSocketMessageBytes: 1_000 },
  )
  t.after(() => worse.drain())
  worse.app.get('/jmap/session', async () => ({}))
  await addAssetRoutes(worse.app, { folder, brand: null, log: silentLog })
  await worse.listen()
  await worse.app.inject('/readyz') // By now it knows how it stands.
  assert.equal((await worse.app.inject('/jmap/session')).statusCode, 503)
  for (const url of ['/', '/mail/inbox/x1', '/assets/main-abc123.js']) {
    assert.equal((await worse.app.inject({ url, headers: html })).statusCode, 200, url)
  }
})
