// Sign-in, sessions, push and downloads over a real Dovecot, on two nodes that share one data folder.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionResource } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

let dovecot: DovecotServer
let one: WholeNode
let two: WholeNode

before(async () => {
  dovecot = await startDovecot()
  // Two nodes on one embedded database are no set-up that the default of fresh_for is made for.
  const config = { imap: { freshFor: 0 } }
  const servers = { host: dovecot.host, imapPort: dovecot.imapPort, smtpPort: 9, config }
  one = await startWholeNode(servers)
  two = await startWholeNode({ ...servers, dataFolder: one.dataFolder })
})
after(async () => {
  await two?.stop()
  await one?.stop()
  await dovecot?.stop()
})

const message = (subject: string) =>
  `From: x@example.test\r\nTo: alice@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@t>\r\n\r\n${'line\r\n'.repeat(1000)}`

/** The same browser, at the other node: the balancer chose so. Its Origin is that node's address here. */
function at(node: WholeNode, client: TestClient) {
  return (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, node.url), {
      ...init,
      headers: {
        cookie: client.cookie,
        origin: node.url,
        'x-csrf-token': client.csrf,
        ...(init.headers as Record<string, string>),
      },
    })
}

const tryToSignIn = async (node: WholeNode, username: string, password: string) => {
  const reply = await fetch(`${node.url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, remember: false }),
  })
  return [reply.status, ((await reply.json()) as { type?: string }).type]
}

async function deliver(client: TestClient, subject: string): Promise<string> {
  const upload = await client.fetch(`/jmap/upload/${client.accountId}`, { method: 'POST', body: message(subject) })
  const { blobId } = (await upload.json()) as { blobId: string }
  const { accountId } = client
  const [, boxes] = await client.call('Mailbox/query', { accountId, filter: { role: 'inbox' } })
  const [inbox] = boxes.ids as string[]
  const [, imported] = await client.call('Email/import', {
    accountId,
    emails: { m: { blobId, mailboxIds: { [inbox!]: true } } },
  })
  return (imported.created as Record<string, { blobId: string }>).m!.blobId
}

test('the mail server decides who signs in', async () => {
  assert.deepEqual(await tryToSignIn(one, 'alice@example.test', 'wrong'), [401, 'badCredentials'])
  assert.deepEqual(await tryToSignIn(one, 'nobody@example.test', 'demo'), [401, 'badCredentials'])
  assert.equal((await tryToSignIn(one, 'alice@example.test', 'demo'))[0], 200)
})

test('a session of one node serves on the other, with the same account and state, and ends on both within a second', async () => {
  const client = await signIn(one)
  const there = at(two, client)
  const session = async (get: TestClient['fetch']) => (await (await get('/jmap/session')).json()) as SessionResource
  const [here, elsewhere] = [await session(client.fetch), await session(there)]
  assert.deepEqual(elsewhere.accounts, here.accounts)
  assert.equal(elsewhere.state, here.state)
  assert.equal((await there('/auth/sign-out', { method: 'POST' })).status, 204)
  // What was proved on the other node counts there for 0.7 s (domain/sessions).
  await sleep(1_000)
  assert.equal((await client.fetch('/auth/session')).status, 401)
})

test('every capability that the session object names is there, and its core methods answer', async () => {
  const client = await signIn(one)
  const { capabilities } = (await (await client.fetch('/jmap/session')).json()) as SessionResource
  for (const name of ['core', 'mail', 'submission', 'websocket', 'blob', 'quota']) {
    assert.ok(`urn:ietf:params:jmap:${name}` in capabilities, name)
  }
  const { accountId } = client
  for (const [name, args] of [
    ['Core/echo', {}],
    ['Quota/get', { accountId, ids: null }],
    ['PushSubscription/get', { ids: null }],
    ['Mailbox/get', { accountId, ids: null }],
  ] as const) {
    assert.equal((await client.call(name, args))[0], name)
  }
})

test('a message is downloaded whole and in part, and its blob is looked up', async () => {
  const client = await signIn(one)
  const blobId = await deliver(client, 'download')
  const path = `/jmap/download/${client.accountId}/${blobId}/mail.eml?type=message%2Frfc822`
  const whole = await client.fetch(path)
  assert.equal(whole.headers.get('content-type'), 'message/rfc822')
  const text = await whole.text()
  assert.ok(text.includes('Subject: download'))
  assert.equal(Number(whole.headers.get('content-length')), Buffer.byteLength(text))
  const part = await client.fetch(path, { headers: { range: 'bytes=10-29' } })
  assert.deepEqual([part.status, await part.text()], [206, text.slice(10, 30)])
  const [, found] = await client.call('Blob/lookup', {
    accountId: client.accountId,
    typeNames: ['Email', 'Mailbox', 'Thread'],
    ids: [blobId],
  })
  const [{ matchedIds }] = found.list as [{ matchedIds: Record<string, string[]> }]
  assert.deepEqual(
    Object.values(matchedIds).map((ids) => ids.length),
    [1, 1, 1],
  )
})

test('a delivery from outside is pushed on every node within two seconds', async () => {
  const client = await signIn(one)
  const open = async (get: TestClient['fetch']) => {
    const signal = AbortSignal.timeout(10_000)
    const reply = await get('/jmap/events?types=Email&closeafter=state&ping=0', { signal })
    assert.equal(reply.status, 200)
    return reply
  }
  const streams = [await open(client.fetch), await open(at(two, client))]
  await sleep(300)
  const sentAt = Date.now()
  await appendFromOutside(message('pushed'))
  await Promise.all(
    streams.map(async (reply) => {
      assert.match(await reply.text(), /event: state/)
      assert.ok(Date.now() - sentAt < 2_500, `${Date.now() - sentAt} ms`)
    }),
  )
})

/** As another client would. */
async function appendFromOutside(raw: string): Promise<void> {
  const { ImapFlow } = await import('imapflow')
  const imap = new ImapFlow({
    host: dovecot.host,
    port: dovecot.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: 'alice@example.test', pass: 'demo' },
    logger: false,
  })
  await imap.connect()
  await imap.append('INBOX', raw)
  await imap.logout()
}

test('when the password changes at the mail server, the session ends with the next thing that needs the mailbox', async () => {
  await dovecot.addUser('dave@example.test', 'first')
  const dave = await signIn(two, 'dave@example.test', 'first')
  await dovecot.addUser('dave@example.test', 'second')
  // Connections that are open stay the user's; the next one is refused.
  await dovecot.doveadm('kick', 'dave@example.test')
  await sleep(200)
  const { status } = await dave.request({
    using: Object.keys(
      ((await (await dave.fetch('/jmap/session')).json()) as Partial<SessionResource>).capabilities ?? {
        'urn:ietf:params:jmap:core': {},
        'urn:ietf:params:jmap:mail': {},
      },
    ),
    methodCalls: [['Mailbox/get', { accountId: dave.accountId, ids: null }, 'c']],
  })
  assert.equal(status, 401)
  assert.equal((await dave.fetch('/auth/session')).status, 401)
  assert.equal((await tryToSignIn(two, 'dave@example.test', 'second'))[0], 200)
})

test('a mail server that is down is told as such, at sign-in and in a call, and the session stays', async () => {
  const client = await signIn(one)
  dovecot.kill('SIGKILL')
  try {
    assert.deepEqual(await tryToSignIn(one, 'bob@example.test', 'demo'), [503, 'unavailable'])
    const { status, body } = await client.request({
      using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:quota'],
      methodCalls: [['Quota/get', { accountId: client.accountId, ids: null }, 'c']],
    })
    assert.equal(status, 200)
    const [[, error]] = body.methodResponses as [[string, { type: string }]]
    assert.equal(error.type, 'serverUnavailable')
    assert.equal((await client.fetch('/auth/session')).status, 200)
  } finally {
    await dovecot.restart()
  }
  // The node asks for itself whether it is back; who comes before that is told at once, and asks again.
  await eventually(
    async () => (await client.call('Mailbox/get', { accountId: client.accountId, ids: null }))[0],
    (name) => name === 'Mailbox/get',
    'mail is read again',
  )
})
