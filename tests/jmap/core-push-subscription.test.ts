// Push subscriptions (RFC 8620 §7.2), from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'

let node: TestNode
let alice: TestClient
before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
})
after(() => node.stop())

const set = async (client: TestClient, args: object) => (await client.call('PushSubscription/set', args))[1]
const get = async (client: TestClient, args: object = {}) => (await client.call('PushSubscription/get', args))[1]
const fresh = { deviceClientId: 'phone-1', url: 'https://push.example.org/x', types: ['Email'] }
const keys = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}

async function create(client: TestClient, over: object = {}): Promise<string> {
  const { created } = (await set(client, { create: { new: { ...fresh, ...over } } })) as {
    created: Record<string, { id: string; expires: string }>
  }
  assert.match(created.new!.expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  return created.new!.id
}

/** The last message to the push service. */
const lastPushed = () => JSON.parse(Buffer.from(node.pushed.at(-1)!.message.body).toString()) as Record<string, unknown>

test('a new subscription is sent its code; with the code given back it is told of its types', async () => {
  const id = await create(alice)
  const verification = lastPushed() as { verificationCode: string }
  assert.deepEqual(
    { ...verification, verificationCode: '' },
    {
      '@type': 'PushVerification',
      pushSubscriptionId: id,
      verificationCode: '',
    },
  )
  const stream = await alice.fetch('/jmap/events')
  const deliver = async () => {
    const before = node.pushed.length
    await node.mailStore.deliver(alice.accountId, 'Inbox', 'Subject: x\r\n\r\nx\r\n')
    await sleep(150)
    return node.pushed.length - before
  }
  assert.equal(await deliver(), 0, 'nothing is told to who has not shown that he reads it')
  const wrong = await set(alice, { update: { [id]: { verificationCode: 'guess' } } })
  assert.equal((wrong.notUpdated as Record<string, { type: string }>)[id]!.type, 'invalidProperties')
  const right = await set(alice, { update: { [id]: { verificationCode: verification.verificationCode } } })
  assert.deepEqual(right.updated, { [id]: null })
  assert.ok((await deliver()) > 0)
  const change = lastPushed() as { '@type': string; changed: Record<string, object> }
  assert.equal(change['@type'], 'StateChange')
  assert.deepEqual(Object.keys(change.changed[alice.accountId]!), ['Email'])
  await stream.body!.cancel()
})

test('get tells neither URL nor keys, has no account and no state', async () => {
  const id = await create(alice, { keys })
  const reply = await get(alice, { ids: [id, 'nope'] })
  const [one] = reply.list as Record<string, unknown>[]
  assert.deepEqual(Object.keys(reply).sort(), ['list', 'notFound'])
  assert.deepEqual(Object.keys(one!).sort(), ['deviceClientId', 'expires', 'id', 'types', 'verificationCode'])
  assert.deepEqual([one!.verificationCode, reply.notFound], [null, ['nope']])
  for (const properties of [['url'], ['id', 'keys']]) {
    assert.equal((await get(alice, { ids: null, properties })).type, 'forbidden')
  }
  assert.equal((await get(alice, { ids: null, accountId: alice.accountId })).type, 'invalidArguments')
})

test('with keys the message is encrypted', async () => {
  await create(alice, { keys })
  const { message } = node.pushed.at(-1)!
  assert.equal(message.headers['content-encoding'], 'aes128gcm')
  assert.doesNotMatch(Buffer.from(message.body).toString('latin1'), /PushVerification/)
})

test('what cannot be a subscription is refused, each alone', async () => {
  const bad: Record<string, object> = {
    http: { ...fresh, url: 'http://push.example.org/x' },
    noUrl: { deviceClientId: 'x' },
    noDevice: { url: fresh.url },
    code: { ...fresh, verificationCode: 'mine' },
    keys: { ...fresh, keys: { p256dh: 'AAAA', auth: 'AAAA' } },
    past: { ...fresh, expires: '2001-01-01T00:00:00Z' },
    more: { ...fresh, colour: 'red' },
  }
  const reply = await set(alice, { create: bad })
  assert.equal(reply.created, null)
  const types = Object.entries(reply.notCreated as Record<string, { type: string }>).map(([id, { type }]) => [id, type])
  assert.deepEqual(
    Object.fromEntries(types),
    Object.fromEntries(Object.keys(bad).map((id) => [id, 'invalidProperties'])),
  )
})

test('expiry is bounded, types change, URL and device do not, and it can be destroyed', async () => {
  const id = await create(alice, { expires: '2999-01-01T00:00:00Z' })
  const updated = await set(alice, { update: { [id]: { types: null, expires: '2999-01-01T00:00:00Z' } } })
  const { expires } = (updated.updated as Record<string, { expires: string }>)[id]!
  assert.ok(Date.parse(expires) < Date.now() + 8 * 86_400_000)
  const fixed = await set(alice, { update: { [id]: { url: 'https://elsewhere.example.org' } } })
  assert.deepEqual((fixed.notUpdated as Record<string, object>)[id], {
    type: 'invalidProperties',
    description: 'cannot be changed',
    properties: ['url'],
  })
  assert.deepEqual((await set(alice, { destroy: [id] })).destroyed, [id])
  assert.deepEqual((await get(alice, { ids: [id] })).notFound, [id])
})

test('it ends with the session that it was made with, and is nobody else’s', async () => {
  const phone = await signIn(node)
  const bob = await signIn(node, 'bob@example.test')
  const id = await create(phone)
  assert.deepEqual((await get(bob, { ids: [id] })).notFound, [id])
  assert.equal(
    ((await set(bob, { destroy: [id] })).notDestroyed as Record<string, { type: string }>)[id]!.type,
    'notFound',
  )
  assert.deepEqual((await get(alice, { ids: [id] })).notFound, [])
  await phone.fetch('/auth/sign-out', { method: 'POST' })
  assert.deepEqual((await get(alice, { ids: [id] })).notFound, [id])
})
