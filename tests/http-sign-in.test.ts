// Signing in, sessions, tokens and Basic authentication, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, Failure } from '#core/errors.ts'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, startTestNode, type TestNode } from '#testing/node.ts'

let node: TestNode
before(async () => {
  node = await startTestNode({ sessions: { failuresPerAddress: 3, failuresPerRemote: 1000 } })
})
after(() => node.stop())

const json = { 'content-type': 'application/json' }
const tryToSignIn = (to: { url: string }, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${to.url}/auth/sign-in`, {
    method: 'POST',
    headers: { ...json, origin: to.url, ...headers },
    body: JSON.stringify(body),
  })
const alice = { username: 'alice@example.test', password: 'demo' }
const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

test('a sign-in gives a cookie that no script reads and no other site sends, and a CSRF token', async () => {
  const reply = await tryToSignIn(node, alice)
  assert.equal(reply.status, 200)
  const [cookie] = reply.headers.getSetCookie()
  assert.match(cookie!, /^paquebot-session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.deepEqual(Object.keys((await reply.json()) as object), ['csrf'])
  assert.equal(reply.headers.get('cache-control'), 'no-store')
})

test('behind TLS the cookie is __Host- and Secure; remembered, it has an end', async () => {
  await using behind = await startTestNode({ http: { trustedProxies: ['127.0.0.1'] } })
  const headers = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'mail.example.org',
    origin: 'https://mail.example.org',
  }
  const reply = await tryToSignIn(behind, { ...alice, remember: true }, headers)
  assert.match(reply.headers.getSetCookie()[0]!, /^__Host-paquebot-session=.*; Secure; Expires=/)
  assert.match(reply.headers.get('strict-transport-security') ?? '', /max-age=\d+/)
})

test('GET /auth/session tells who it is, and 401 to nobody', async () => {
  const client = await signIn(node)
  const reply = await client.fetch('/auth/session')
  assert.deepEqual(await reply.json(), { csrf: client.csrf, username: 'alice@example.test' })
  assert.equal((await fetch(`${node.url}/auth/session`)).status, 401)
  const stale = await fetch(`${node.url}/auth/session`, { headers: { cookie: `paquebot-session=${'A'.repeat(43)}` } })
  assert.equal(stale.status, 401)
})

test('each way in which a sign-in fails has its own type and status', async () => {
  const expected: [ErrorCode, number][] = [
    ['badCredentials', 401],
    ['unavailable', 503],
    ['timeout', 504],
    ['untrustedServer', 502],
    ['tooManyConnections', 503],
  ]
  for (const [code, status] of expected) {
    await using broken = await startTestNode()
    broken.mailStore.verify = () => Promise.reject(new Failure(code, { server: 'NO secret words' }))
    const reply = await tryToSignIn(broken, alice)
    const body = (await reply.json()) as { type: string; text: string }
    assert.deepEqual([body.type, reply.status], [code, status])
    assert.ok(body.text.length > 10)
    assert.doesNotMatch(JSON.stringify(body), /secret words/)
    assert.equal(reply.headers.getSetCookie().length, 0)
  }
})

test('an address of no domain of ours, and one that is none, fail as a wrong password does', async () => {
  const bodies: unknown[] = []
  for (const username of [
    'alice@elsewhere.test',
    'nobody',
    '',
    'a\r\nb@example.test',
    `${'x'.repeat(400)}@example.test`,
  ]) {
    const reply = await tryToSignIn(node, { username, password: 'demo' })
    assert.equal(reply.status, 401, username)
    const { requestId: _, ...body } = (await reply.json()) as Record<string, unknown>
    bodies.push(body)
  }
  const wrong = (await (await tryToSignIn(node, { username: 'carol@example.test', password: 'x' })).json()) as Record<
    string,
    unknown
  >
  delete wrong.requestId
  for (const body of bodies) assert.deepEqual(body, wrong)
})

test('what is no sign-in is 400', async () => {
  for (const body of [[], {}, { username: 1, password: 'x' }, { username: 'a' }, 'text', null]) {
    assert.equal((await tryToSignIn(node, body)).status, 400, JSON.stringify(body))
  }
})

test('after too many wrong passwords an address has to wait, even with the right one; another has not', async () => {
  await using limited = await startTestNode({ sessions: { failuresPerAddress: 3, failuresPerRemote: 1000 } })
  for (let n = 0; n < 3; n++) {
    assert.equal((await tryToSignIn(limited, { ...alice, password: 'wrong' })).status, 401)
  }
  const reply = await tryToSignIn(limited, { ...alice, username: 'ALICE@example.test' })
  assert.equal(reply.status, 429)
  assert.equal(((await reply.json()) as { type: string }).type, 'rateLimited')
  const wait = Number(reply.headers.get('retry-after'))
  assert.ok(wait > 0 && wait <= 60, String(wait))
  assert.equal((await tryToSignIn(limited, { ...alice, username: 'bob@example.test' })).status, 200)
})

test('a hundred wrong passwords at once do not slip through the limit', async () => {
  await using limited = await startTestNode({ sessions: { failuresPerAddress: 3, failuresPerRemote: 1000 } })
  let asked = 0
  limited.mailStore.verify = async () => {
    asked++
    throw new Failure('badCredentials')
  }
  await Promise.all(Array.from({ length: 100 }, (_, n) => tryToSignIn(limited, { ...alice, password: `wrong${n}` })))
  assert.equal(asked, 3)
})

test('a university signs in from one address at once: who finds all places taken waits for those under way', async () => {
  await using limited = await startTestNode({ sessions: { failuresPerAddress: 3, failuresPerRemote: 4 } })
  const { verify } = limited.mailStore
  let asked = 0
  let most = 0
  limited.mailStore.verify = async (...args) => {
    most = Math.max(most, ++asked)
    await sleep(5)
    asked--
    return verify.apply(limited.mailStore, args)
  }
  const people = ['alice', 'bob'].map((name) => ({ username: `${name}@example.test`, password: 'demo' }))
  const everybody = Array.from({ length: 30 }, (_, n) => tryToSignIn(limited, people[n % people.length]))
  assert.deepEqual(new Set((await Promise.all(everybody)).map(({ status }) => status)), new Set([200]))
  assert.ok(most <= 4, `${most} at once`)
})

test('a right password empties the address’s count, but not that of where it comes from', async () => {
  await using limited = await startTestNode({ sessions: { failuresPerAddress: 2, failuresPerRemote: 4 } })
  const wrong = (username: string) => tryToSignIn(limited, { username, password: 'wrong' })
  for (let n = 0; n < 2; n++) {
    assert.equal((await wrong('alice@example.test')).status, 401)
    assert.equal((await tryToSignIn(limited, alice)).status, 200)
  }
  assert.equal((await wrong('bob@example.test')).status, 401)
  assert.equal((await wrong('carol@example.test')).status, 401)
  assert.equal((await wrong('dave@example.test')).status, 429)
})

test('a server that is down does not use up attempts', async () => {
  await using limited = await startTestNode({ sessions: { failuresPerAddress: 2, failuresPerRemote: 3 } })
  const { verify } = limited.mailStore
  limited.mailStore.verify = () => Promise.reject(new Failure('unavailable'))
  for (let n = 0; n < 5; n++) assert.equal((await tryToSignIn(limited, alice)).status, 503)
  limited.mailStore.verify = verify
  assert.equal((await tryToSignIn(limited, alice)).status, 200)
})

test('the attempts’ table holds what has not drained and no more', async () => {
  await using limited = await startTestNode({ sessions: { failureDrainPerAddressMs: 1, failureDrainPerRemoteMs: 1 } })
  for (let n = 0; n < 5; n++) await tryToSignIn(limited, { username: `x${n}@example.test`, password: 'wrong' })
  const count = () =>
    limited.sqlDatabase
      .for<{ sign_in_attempt: { id: string } }>()
      .readFresh()
      .selectFrom('sign_in_attempt')
      .select('id')
      .execute()
  assert.equal((await count()).length, 6)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await limited.sessions.sweep()
  assert.equal((await count()).length, 0)
})

test('a sign-in makes a new session and ends the one that the browser brought (fixation)', async () => {
  const planted = await signIn(node, 'bob@example.test')
  const reply = await tryToSignIn(node, alice, { cookie: planted.cookie })
  const [cookie] = reply.headers.getSetCookie()
  assert.notEqual(cookie!.split(';')[0], planted.cookie)
  assert.equal((await planted.fetch('/auth/session')).status, 401)
  const invented = `paquebot-session=${'B'.repeat(43)}`
  const second = await tryToSignIn(node, alice, { cookie: invented })
  assert.equal(second.status, 200)
  assert.notEqual(second.headers.getSetCookie()[0]!.split(';')[0], invented)
})

test('signing out ends this session; everywhere, all of the account and its tokens', async () => {
  const [one, two, bob] = [await signIn(node), await signIn(node), await signIn(node, 'bob@example.test')]
  const token = await issueToken(two)
  const out = await one.fetch('/auth/sign-out', { method: 'POST' })
  assert.equal(out.status, 204)
  assert.match(out.headers.getSetCookie()[0]!, /Max-Age=0/)
  assert.equal((await one.fetch('/auth/session')).status, 401)
  assert.equal((await two.fetch('/auth/session')).status, 200)
  const all = await two.fetch('/auth/sign-out', { method: 'POST', headers: json, body: '{"everywhere":true}' })
  assert.equal(all.status, 204)
  assert.equal((await two.fetch('/auth/session')).status, 401)
  assert.equal((await bearer(token.token)).status, 401)
  assert.equal((await bob.fetch('/auth/session')).status, 200)
})

test('signing out everywhere ends the session that asks last: what failed half-way is asked for again', async () => {
  let isDown = true
  await using own = await startTestNode({
    wrapSessionStore: (store) => ({
      ...store,
      async destroyAll(account, exceptId) {
        const count = await store.destroyAll(account, exceptId)
        if (isDown) throw new Failure('unavailable')
        return count
      },
    }),
  })
  const [one, two] = [await signIn(own), await signIn(own)]
  const all = () => one.fetch('/auth/sign-out', { method: 'POST', headers: json, body: '{"everywhere":true}' })
  assert.equal((await all()).status, 503)
  isDown = false
  assert.deepEqual([(await all()).status, (await all()).status], [204, 401])
  assert.equal((await two.fetch('/auth/session')).status, 401)
})

test('a session ends idle and, whatever the use, at its lifetime', async () => {
  await using short = await startTestNode({ sessions: { idleMs: 150, lifetimeMs: 10_000 } })
  const client = await signIn(short)
  assert.equal((await client.fetch('/auth/session')).status, 200)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal((await client.fetch('/auth/session')).status, 401)
})

test('sessions are listed, and each can be ended from another; nobody else’s can', async () => {
  const [one, two, bob] = [await signIn(node), await signIn(node), await signIn(node, 'bob@example.test')]
  const { sessions } = (await (await one.fetch('/auth/sessions')).json()) as {
    sessions: { id: string; isCurrent: boolean; sealed?: unknown }[]
  }
  assert.equal(sessions.filter(({ isCurrent }) => isCurrent).length, 1)
  assert.ok(sessions.every((session) => !('sealed' in session)))
  const { sessions: bobs } = (await (await bob.fetch('/auth/sessions')).json()) as { sessions: { id: string }[] }
  assert.equal((await one.fetch(`/auth/sessions/${bobs[0]!.id}`, { method: 'DELETE' })).status, 404)
  assert.equal((await bob.fetch('/auth/session')).status, 200)
  for (const { id, isCurrent } of sessions)
    if (!isCurrent) await one.fetch(`/auth/sessions/${id}`, { method: 'DELETE' })
  assert.equal((await two.fetch('/auth/session')).status, 401)
  assert.equal((await one.fetch('/auth/session')).status, 200)
})

async function issueToken(client: Awaited<ReturnType<typeof signIn>>, over: Record<string, unknown> = {}) {
  const reply = await client.fetch('/auth/tokens', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name: 'mutt', scopes: null, expiresInDays: 30, ...over }),
  })
  assert.equal(reply.status, 201, await reply.clone().text())
  return (await reply.json()) as { id: string; token: string }
}
const bearer = (token: string, path = '/jmap/session') =>
  fetch(node.url + path, { headers: { authorization: `Bearer ${token}` } })

test('a token signs in, is listed without itself, and no longer after it was revoked', async () => {
  const client = await signIn(node)
  const { id, token } = await issueToken(client)
  assert.match(token, /^pqt_[A-Za-z0-9_-]{43}$/)
  assert.equal((await bearer(token)).status, 200)
  const listed = await (await client.fetch('/auth/tokens')).text()
  assert.ok(listed.includes(id) && listed.includes('mutt') && !listed.includes(token))
  assert.equal((await client.fetch(`/auth/tokens/${id}`, { method: 'DELETE' })).status, 204)
  assert.equal((await bearer(token)).status, 401)
})

test('a scoped token sees and may use its capabilities and the core alone', async () => {
  const client = await signIn(node)
  const { token } = await issueToken(client, { scopes: [urns.quota] })
  const session = (await (await bearer(token)).json()) as { capabilities: object }
  assert.deepEqual(Object.keys(session.capabilities).sort(), [urns.core, urns.quota].sort())
  const reply = await fetch(`${node.url}/jmap/api`, {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${token}` },
    body: JSON.stringify({ using: [urns.core, urns.blob], methodCalls: [] }),
  })
  assert.equal(((await reply.json()) as { type: string }).type, 'urn:ietf:params:jmap:error:unknownCapability')
})

test('a token makes no tokens, lists no sessions, and is no cookie; a cookie is no token', async () => {
  const client = await signIn(node)
  const { token } = await issueToken(client)
  const authorization = `Bearer ${token}`
  const body = JSON.stringify({ name: 'x', expiresInDays: 1 })
  const made = await fetch(`${node.url}/auth/tokens`, { method: 'POST', headers: { ...json, authorization }, body })
  assert.equal(made.status, 403)
  assert.equal((await bearer(token, '/auth/sessions')).status, 403)
  const asCookie = { cookie: `paquebot-session=${token.slice(4)}` }
  assert.equal((await fetch(`${node.url}/auth/session`, { headers: asCookie })).status, 401)
  assert.equal((await bearer(`pqt_${client.cookie.split('=')[1]}`)).status, 401)
})

test('tokens with no name, no end or an unknown scope are refused', async () => {
  const client = await signIn(node)
  for (const over of [
    { name: '' },
    { expiresInDays: 0 },
    { expiresInDays: 9999 },
    { expiresInDays: '1' },
    { scopes: [] },
    { scopes: ['urn:x'] },
  ]) {
    const reply = await client.fetch('/auth/tokens', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'x', expiresInDays: 1, ...over }),
    })
    assert.equal(reply.status, 400, JSON.stringify(over))
  }
})

test('Basic authentication asks the mail server once in a while, and never trusts a neighbour of a proved password', async () => {
  await using own = await startTestNode()
  let asked = 0
  const { verify } = own.mailStore
  own.mailStore.verify = (...args) => {
    asked++
    return verify(...args)
  }
  const get = (authorization: string) => fetch(`${own.url}/jmap/session`, { headers: { authorization } })
  const ten = await Promise.all(Array.from({ length: 10 }, () => get(basic('alice@example.test', 'demo'))))
  assert.deepEqual(new Set(ten.map(({ status }) => status)), new Set([200]))
  for (let n = 0; n < 3; n++) assert.equal((await get(basic('alice@example.test', 'demo'))).status, 200)
  assert.equal(asked, 1)
  assert.equal((await get(basic('alice@example.test', 'demo2'))).status, 401)
  assert.equal((await get(basic('alice@example.testd', 'emo'))).status, 401)
  assert.equal((await get('Basic nonsense')).status, 401)
  assert.equal((await get('Digest abc')).status, 401)
})

test('Basic authentication needs no CSRF token; wrong passwords in it count', async () => {
  await using own = await startTestNode({ sessions: { failuresPerAddress: 2 } })
  const post = (password: string) =>
    fetch(`${own.url}/jmap/api`, {
      method: 'POST',
      headers: { ...json, authorization: basic('alice@example.test', password) },
      body: JSON.stringify({ using: [urns.core], methodCalls: [] }),
    })
  assert.equal((await post('demo')).status, 200)
  assert.deepEqual([(await post('a')).status, (await post('b')).status, (await post('c')).status], [401, 401, 429])
})

test('a session store that does not answer is 503 with Retry-After, and nobody is signed out', async () => {
  let isDown = false
  await using own = await startTestNode({
    wrapSessionStore: (store) => ({
      ...store,
      get: (id, now) => (isDown ? Promise.reject(new Failure('unavailable')) : store.get(id, now)),
    }),
  })
  const client = await signIn(own)
  isDown = true
  // As soon as it is asked: one that was proved a moment ago is not asked for (domain/sessions/recent.ts).
  const reply = await eventually(
    () => client.fetch('/auth/session'),
    ({ status }) => status === 503,
    'the store is asked',
  )
  assert.ok(Number(reply.headers.get('retry-after')) > 0)
  assert.deepEqual(reply.headers.getSetCookie(), [])
  isDown = false
  assert.equal((await client.fetch('/auth/session')).status, 200)
})

test('what is stored opens nothing: no secret, no password, no token is in the database', async () => {
  const client = await signIn(node)
  const { token } = await issueToken(client)
  const rows = await node.sqlDatabase
    .for<{ session: { id: string } }>()
    .readFresh()
    .selectFrom('session')
    .selectAll()
    .execute()
  const dump = JSON.stringify(rows)
  for (const secret of [client.cookie.split('=')[1]!, token, token.slice(4), client.csrf, 'demo']) {
    assert.ok(!dump.includes(secret))
  }
  const asCookie = { cookie: `paquebot-session=${rows[0]!.id}` }
  assert.equal((await fetch(`${node.url}/auth/session`, { headers: asCookie })).status, 401)
})

test('a page that only wants to know who is signed in hears «nobody» without an error', async () => {
  const nobody = await fetch(`${node.url}/auth/session?optional`)
  assert.deepEqual([nobody.status, await nobody.json()], [200, null])
  assert.equal(nobody.headers.get('cache-control'), 'no-store')
  const client = await signIn(node)
  const known = await client.fetch('/auth/session?optional')
  assert.equal(((await known.json()) as { username: string }).username, 'alice@example.test')
  const elsewhere = await client.fetch('/auth/session?optional', { headers: { origin: 'https://evil.example' } })
  assert.equal(elsewhere.status, 403)
  const wrong = await fetch(`${node.url}/auth/session?optional`, { headers: { authorization: 'Bearer nonsense' } })
  assert.equal(wrong.status, 401)
})
