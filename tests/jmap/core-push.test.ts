// Push over event streams (RFC 8620 §7.3) and JMAP over WebSocket (RFC 8887), from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Failure } from '#core/errors.ts'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, startTestNode, type TestClient, type TestNode, testLimits } from '#testing/node.ts'

const message = 'From: x@example.test\r\nSubject: hello\r\n\r\nbody\r\n'
let node: TestNode
let alice: TestClient
let identityState = 'i0'
before(async () => {
  node = await startTestNode({ states: { Identity: async () => identityState } })
  alice = await signIn(node)
})
after(() => node.stop())

interface Event {
  readonly event: string
  readonly id: string | null
  readonly data: Record<string, unknown>
}

/** Reads an event stream as a browser would. */
async function listen(
  client: TestClient,
  query = 'types=*&closeafter=no&ping=0',
  headers: Record<string, string> = {},
) {
  const stop = new AbortController()
  const reply = await client.fetch(`/jmap/events?${query}`, { headers, signal: stop.signal })
  assert.equal(reply.status, 200, query)
  assert.match(reply.headers.get('content-type') ?? '', /^text\/event-stream/)
  const events: Event[] = []
  let isOver = false
  const reading = (async () => {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of reply.body!) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        )
        text = text.slice(end + 2)
        if (fields.event) events.push({ event: fields.event, id: fields.id ?? null, data: JSON.parse(fields.data!) })
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      isOver = true
    })
  return { events, reading, isOver: () => isOver, stop: () => stop.abort() }
}

const until = (what: () => boolean, maxMs?: number) => eventually(what, (holds) => holds, `${what}`, maxMs)

const emailState = async (client: TestClient) => {
  const login = { account: client.accountId, server: {}, credential: {} } as never
  return node.mailStore.account(login).emailState(new AbortController().signal)
}

test('a delivery is told within two seconds, with the true states and the type of the account alone', async () => {
  const stream = await listen(alice)
  const bob = await listen(await signIn(node, 'bob@example.test'))
  const startedAt = Date.now()
  await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  await until(() => stream.events.length > 0)
  assert.ok(Date.now() - startedAt < 2_000)
  const [{ event, data, id }] = stream.events as [Event]
  assert.equal(event, 'state')
  assert.ok(id)
  assert.equal(data['@type'], 'StateChange')
  const changed = (data.changed as Record<string, Record<string, string>>)[alice.accountId]!
  assert.deepEqual(Object.keys(data.changed as object), [alice.accountId])
  assert.equal(changed.Email, await emailState(alice))
  assert.equal(changed.Thread, changed.Email)
  assert.ok(changed.Mailbox)
  assert.equal(changed.Identity, undefined, 'what did not change is not told')
  await sleep(100)
  assert.deepEqual(bob.events, [])
  stream.stop()
  bob.stop()
})

test('only the types asked for are told', async () => {
  const stream = await listen(alice, 'types=Mailbox,Nonsense&closeafter=no&ping=0')
  await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  await until(() => stream.events.length > 0)
  const changed = stream.events[0]!.data.changed as Record<string, object>
  assert.deepEqual(Object.keys(changed[alice.accountId]!), ['Mailbox'])
  stream.stop()
})

test('what another node publishes is told, with the state that it has now', async () => {
  const stream = await listen(alice)
  identityState = 'i1'
  await node.bus.publish({ account: alice.accountId, changed: { Identity: null } })
  await until(() => stream.events.length > 0)
  assert.deepEqual(stream.events[0]!.data.changed, { [alice.accountId]: { Identity: 'i1' } })
  await node.bus.publish({ account: alice.accountId, changed: { Identity: null, Unheard: 'x' } })
  await sleep(150)
  assert.equal(stream.events.length, 1, 'the same state is not told twice')
  stream.stop()
})

test('a burst is told once', async () => {
  const stream = await listen(alice)
  for (let n = 0; n < 20; n++) await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  await until(() => stream.events.length > 0)
  await sleep(200)
  assert.ok(stream.events.length <= 3, String(stream.events.length))
  const last = stream.events.at(-1)!.data.changed as Record<string, Record<string, string>>
  assert.equal(last[alice.accountId]!.Email, await emailState(alice))
  stream.stop()
})

test('with closeafter=state the stream ends after the first event', async () => {
  const stream = await listen(alice, 'types=*&closeafter=state&ping=0')
  await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  await stream.reading
  assert.equal(stream.events.length, 1)
})

test('pings come with the interval that is kept', async () => {
  const stream = await listen(alice, 'types=*&closeafter=no&ping=1')
  await until(() => stream.events.length > 0, 7_000)
  assert.deepEqual(stream.events[0], { event: 'ping', id: null, data: { interval: 5 } })
  stream.stop()
})

test('a stream whose client wants rare pings is not taken for dead', async (t) => {
  const quiet = await startTestNode({ http: { silenceTimeoutMs: 600 }, quietMs: 100 })
  t.after(() => quiet.stop())
  const stream = await listen(await signIn(quiet), 'types=*&closeafter=no&ping=900')
  await sleep(2_000)
  assert.equal(stream.isOver(), false)
  stream.stop()
})

test('who comes back with what he has seen hears at once if there is more, and nothing if not; on any node', async () => {
  const first = await listen(alice)
  await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  await until(() => first.events.length > 0)
  await sleep(100)
  const lastId = first.events.at(-1)!.id!
  first.stop()
  const same = await listen(alice, undefined, { 'last-event-id': lastId })
  await sleep(100)
  assert.deepEqual(same.events, [])
  same.stop()
  await node.mailStore.deliver(alice.accountId, 'Inbox', message)
  const later = await listen(alice, undefined, { 'last-event-id': lastId })
  await until(() => later.events.length > 0)
  const changed = later.events[0]!.data.changed as Record<string, Record<string, string>>
  assert.equal(changed[alice.accountId]!.Email, await emailState(alice))
  later.stop()
})

test('bad parameters are 400, and a mailbox that does not open is the error that it is', async () => {
  for (const query of ['closeafter=never', 'ping=-1', 'ping=x', 'types=', 'types=a%0ab']) {
    assert.equal((await alice.fetch(`/jmap/events?${query}`)).status, 400, query)
  }
  await using own = await startTestNode()
  const client = await signIn(own)
  own.mailStore.failNext('emailState', new Failure('unavailable'))
  assert.equal((await client.fetch('/jmap/events')).status, 503)
  const again = await client.fetch('/jmap/events', { signal: AbortSignal.timeout(200) })
  assert.equal(again.status, 200)
})

test('streams of one account are bounded, and free again when they end', async () => {
  await using own = await startTestNode()
  const client = await signIn(own)
  const streams = await Promise.all(Array.from({ length: 8 }, () => listen(client)))
  assert.equal((await client.fetch('/jmap/events')).status, 429)
  for (const stream of streams) stream.stop()
  await eventually(
    () => client.fetch('/jmap/events', { signal: AbortSignal.timeout(5_000) }),
    ({ status }) => status === 200,
    'a stream is free',
  )
})

test('a stream ends when its session does, and another session’s does not', async () => {
  const [one, two] = [await signIn(node), await signIn(node)]
  const [mine, other] = [await listen(one), await listen(two)]
  await one.fetch('/auth/sign-out', { method: 'POST' })
  await until(mine.isOver)
  assert.equal(other.isOver(), false)
  other.stop()
})

test('a stream ends, and its session with it, when the mailbox no longer opens', async () => {
  await using own = await startTestNode()
  const client = await signIn(own)
  const stream = await listen(client)
  own.mailStore.failNext('emailState', new Failure('badCredentials'))
  await own.mailStore.deliver(client.accountId, 'Inbox', message)
  await until(stream.isOver)
  await until(() => true)
  await sleep(50)
  assert.equal((await client.fetch('/auth/session')).status, 401)
})

interface Socket {
  readonly messages: Record<string, unknown>[]
  readonly socket: WebSocket
  ask(message: unknown): Promise<Record<string, unknown>>
}

async function openSocket(
  client: TestClient,
  headers: Record<string, string> = {},
  protocols = ['jmap'],
): Promise<Socket> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/jmap/ws`, protocols, {
    headers: { cookie: client.cookie, origin: node.url, ...headers },
  })
  const messages: Record<string, unknown>[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))))
    socket.once('error', reject)
  })
  return {
    socket,
    messages,
    async ask(message) {
      const seen = messages.length
      socket.send(typeof message === 'string' ? message : JSON.stringify(message))
      await until(() => messages.length > seen)
      return messages[seen]!
    },
  }
}
const echo = (n: number) => ({ using: [urns.core], methodCalls: [['Core/echo', { n }, 'c']] })

test('requests on a WebSocket are answered under their ids, in the subprotocol jmap', async () => {
  const { socket, ask } = await openSocket(alice)
  assert.equal(socket.protocol, 'jmap')
  const reply = await ask({ '@type': 'Request', id: 'R1', ...echo(1) })
  assert.deepEqual(reply, {
    '@type': 'Response',
    requestId: 'R1',
    methodResponses: [['Core/echo', { n: 1 }, 'c']],
    sessionState: reply.sessionState,
  })
  assert.ok(!('requestId' in (await ask({ '@type': 'Request', ...echo(2) }))))
  socket.close()
})

test('what is wrong with a message is a RequestError, and the connection stays', async () => {
  const { socket, ask } = await openSocket(alice)
  const error = async (text: unknown) => {
    const reply = await ask(text)
    assert.equal(reply['@type'], 'RequestError')
    return [reply.type, reply.requestId, reply.limit]
  }
  const urn = 'urn:ietf:params:jmap:error'
  assert.deepEqual(await error('{"@type":'), [`${urn}:notJSON`, null, undefined])
  assert.deepEqual(await error('{"@type":"Request","@type":"Request"}'), [`${urn}:notJSON`, null, undefined])
  assert.deepEqual(await error('[]'), [`${urn}:notRequest`, null, undefined])
  assert.deepEqual(await error({ '@type': 'Nonsense', id: 'x' }), [`${urn}:notRequest`, 'x', undefined])
  assert.deepEqual(await error({ '@type': 'Request', id: 'y' }), [`${urn}:notRequest`, 'y', undefined])
  const many = Array.from({ length: testLimits.maxCallsInRequest + 1 }, () => ['Core/echo', {}, 'c'])
  assert.deepEqual(await error({ '@type': 'Request', id: 'z', using: [urns.core], methodCalls: many }), [
    `${urn}:limit`,
    'z',
    'maxCallsInRequest',
  ])
  assert.deepEqual(await error({ '@type': 'Request', id: 'u', using: ['urn:x'], methodCalls: [] }), [
    `${urn}:unknownCapability`,
    'u',
    undefined,
  ])
  assert.equal((await ask({ '@type': 'Request', ...echo(3) }))['@type'], 'Response')
  socket.close()
})

test('a binary frame and one over maxSizeRequest close the connection', async () => {
  for (const [data, code] of [
    [Buffer.from('{}'), 1003],
    ['x'.repeat(testLimits.maxSizeRequest + 1), 1009],
  ] as const) {
    const { socket } = await openSocket(alice)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.send(data)
    assert.equal(await closed, code)
  }
})

test('push on a WebSocket begins, ends, and resumes by its push state', async () => {
  const { socket, messages, ask } = await openSocket(alice)
  const deliver = () => node.mailStore.deliver(alice.accountId, 'Inbox', message)
  socket.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: ['Email'] }))
  await sleep(100)
  await deliver()
  await until(() => messages.length === 1)
  const [change] = messages as [{ '@type': string; changed: Record<string, object>; pushState: string }]
  assert.equal(change['@type'], 'StateChange')
  assert.deepEqual(change.changed, { [alice.accountId]: { Email: await emailState(alice) } })
  assert.ok(change.pushState)
  socket.send(JSON.stringify({ '@type': 'WebSocketPushDisable' }))
  await sleep(50)
  await deliver()
  await sleep(150)
  assert.equal(messages.length, 1)
  const told = await ask({ '@type': 'WebSocketPushEnable', dataTypes: ['Email'], pushState: change.pushState })
  assert.deepEqual(told.changed, { [alice.accountId]: { Email: await emailState(alice) } })
  socket.close()
})

test('a WebSocket needs the subprotocol, our own origin, and somebody signed in', async () => {
  await assert.rejects(openSocket(alice, {}, []), /400/)
  await assert.rejects(openSocket(alice, {}, ['chat']), /400/)
  await assert.rejects(openSocket(alice, { origin: 'https://evil.example' }), /403/)
  await assert.rejects(openSocket(alice, { cookie: '' }), /401/)
  const program = new WebSocket(`${node.url.replace('http', 'ws')}/jmap/ws`, ['jmap'], {
    headers: { authorization: `Basic ${Buffer.from('alice@example.test:demo').toString('base64')}` },
  })
  await new Promise((resolve, reject) => program.once('open', resolve).once('error', reject))
  program.close()
  // A page’s script cannot leave the Origin out; what does, and brings a cookie, is none of our pages.
  const bare = new WebSocket(`${node.url.replace('http', 'ws')}/jmap/ws`, ['jmap'], {
    headers: { cookie: alice.cookie },
  })
  await assert.rejects(new Promise((resolve, reject) => bare.once('open', resolve).once('error', reject)), /403/)
})

test('after a sign-out a WebSocket answers nothing more', async () => {
  const gone = await signIn(node)
  const { socket, messages } = await openSocket(gone)
  await gone.fetch('/auth/sign-out', { method: 'POST' })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.send(JSON.stringify({ '@type': 'Request', id: 'R', ...echo(1) }))
  assert.equal(await closed, 1008)
  assert.deepEqual(messages, [])
})

test('a drain closes WebSockets with 1001, for the client to go on elsewhere', async () => {
  await using own = await startTestNode()
  const client = await signIn(own)
  const socket = new WebSocket(`${own.url.replace('http', 'ws')}/jmap/ws`, ['jmap'], {
    headers: { cookie: client.cookie, origin: own.url },
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await own.stop()
  assert.equal(await closed, 1001)
})
