// RFC 8620 §2: the session resource, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionResource } from '#shared/jmap/core.ts'
import { signIn, startTestNode, type TestClient, type TestNode, testLimits } from '#testing/node.ts'

const core = 'urn:ietf:params:jmap:core'
let node: TestNode
let alice: TestClient

before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
})
after(() => node.stop())

const sessionOf = async (client: TestClient, init: RequestInit = {}) =>
  (await (await client.fetch('/jmap/session', init)).json()) as SessionResource

test('the well-known address leads to the session resource', async () => {
  const reply = await fetch(`${node.url}/.well-known/jmap`, { redirect: 'manual' })
  assert.equal(reply.status, 307)
  assert.equal(reply.headers.get('location'), `${node.url}/jmap/session`)
})

test('without a session it is 401 with the schemes, Basic not offered to pages', async () => {
  const program = await fetch(`${node.url}/jmap/session`)
  assert.equal(program.status, 401)
  assert.match(program.headers.get('www-authenticate') ?? '', /Basic.*UTF-8/)
  assert.match(program.headers.get('www-authenticate') ?? '', /Bearer/)
  const pages: [string, Record<string, string>][] = [
    ['/jmap/session', { 'sec-fetch-site': 'same-origin' }],
    ['/jmap/session', { cookie: 'paquebot-session=ended' }],
    ['/auth/session', {}],
  ]
  for (const [path, headers] of pages) {
    const page = await fetch(node.url + path, { headers })
    assert.deepEqual([page.status, page.headers.get('www-authenticate')], [401, 'Bearer realm="Paquebot"'], path)
  }
})

test('it has every member that the RFC names, absolute URLs, and is never cached', async () => {
  const reply = await alice.fetch('/jmap/session')
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(reply.headers.get('cache-control') ?? '', /no-store/)
  const session = (await reply.json()) as SessionResource
  assert.equal(session.username, 'alice@example.test')
  assert.ok(session.state.length > 0)
  for (const url of [session.apiUrl, session.downloadUrl, session.uploadUrl, session.eventSourceUrl]) {
    assert.ok(url.startsWith(`${node.url}/`), url)
  }
  for (const variable of ['{accountId}', '{blobId}', '{type}', '{name}']) {
    assert.ok(session.downloadUrl.includes(variable), variable)
  }
  assert.ok(session.uploadUrl.includes('{accountId}'))
  for (const variable of ['{types}', '{closeafter}', '{ping}']) assert.ok(session.eventSourceUrl.includes(variable))
  const [[accountId, account]] = Object.entries(session.accounts) as [[string, SessionResource['accounts'][string]]]
  assert.match(accountId, /^a[A-Za-z0-9_-]{22}$/)
  assert.deepEqual([account.isPersonal, account.isReadOnly], [true, false])
  for (const urn of Object.keys(account.accountCapabilities)) {
    assert.ok(urn in session.capabilities, urn)
    assert.equal(session.primaryAccounts[urn], accountId)
  }
})

test('the core capability announces the limits that hold, and the collations', async () => {
  const { capabilities } = await sessionOf(alice)
  const { collationAlgorithms, ...limits } = capabilities[core] as Record<string, unknown>
  assert.deepEqual(limits, testLimits)
  assert.ok(Array.isArray(collationAlgorithms) && collationAlgorithms.includes('i;ascii-casemap'))
})

test('the WebSocket capability has an absolute ws URL', async () => {
  const { capabilities } = await sessionOf(alice)
  assert.deepEqual(capabilities['urn:ietf:params:jmap:websocket'], {
    url: `${node.url.replace('http', 'ws')}/jmap/ws`,
    supportsPush: true,
  })
})

test('the same address is the same account, whatever its case and on whichever node', async () => {
  const shouting = await signIn(node, 'ALICE@Example.Test')
  assert.equal(shouting.accountId, alice.accountId)
  await using other = await startTestNode()
  const there = await signIn(other)
  assert.equal(there.accountId, alice.accountId)
  assert.equal((await sessionOf(there)).state, (await sessionOf(alice)).state)
})

test('URLs come from the configured address, or from a proxy that is trusted, and from no other', async () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'mail.example.org' }
  const basic = `Basic ${Buffer.from('alice@example.test:demo').toString('base64')}`
  const apiUrl = async (url: string) => {
    const reply = await fetch(`${url}/jmap/session`, { headers: { authorization: basic, ...forwarded } })
    return ((await reply.json()) as SessionResource).apiUrl
  }
  assert.equal(await apiUrl(node.url), `${node.url}/jmap/api`)
  await using behind = await startTestNode({ http: { trustedProxies: ['127.0.0.0/8'] } })
  assert.equal(await apiUrl(behind.url), 'https://mail.example.org/jmap/api')
  await using named = await startTestNode({ http: { baseUrl: 'https://webmail.example.net' } })
  assert.equal(await apiUrl(named.url), 'https://webmail.example.net/jmap/api')
})
