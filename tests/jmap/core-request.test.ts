// RFC 8620 §3: requests, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { readArguments } from '#fronts/jmap/arguments.ts'
import type { Method } from '#fronts/jmap/method.ts'
import { signIn, startTestNode, type TestClient, type TestNode, testLimits } from '#testing/node.ts'

const core = 'urn:ietf:params:jmap:core'
const test1 = 'urn:test:one'
const notForAccount = 'urn:test:none'
let node: TestNode
let alice: TestClient
let running = 0
let release = () => {}

const method = (run: Method['run'], capability = core): Method => ({ capability, run })

before(async () => {
  node = await startTestNode({
    methods: {
      'Test/list': method(async () => ({
        list: [
          { id: 'a', tags: ['x', 'y'], 'odd/~name': 1 },
          { id: 'b', tags: ['z'], 'odd/~name': 2 },
        ],
        nothing: null,
      })),
      'Test/fail': method(async () => {
        throw new TypeError('secret internals')
      }),
      'Test/down': method(async () => {
        throw new Failure('unavailable', { host: 'imap.internal' })
      }),
      'Test/wrongPassword': method(async () => {
        throw new Failure('badCredentials')
      }),
      'Test/create': method(async ({ createdIds }) => {
        createdIds.set('new', 'id1')
        return {}
      }),
      'Test/several': method(async () => [
        ['Test/first', { n: 1 }],
        ['Test/second', { n: 2 }],
      ]),
      'Test/strict': method(async (call) => {
        readArguments(call).finish()
        return {}
      }, test1),
      'Test/none': method(async () => ({}), notForAccount),
      'Test/slow': method(async () => {
        running++
        await new Promise<void>((resolve) => {
          const before = release
          release = () => {
            before()
            resolve()
          }
        })
        running--
        return {}
      }),
    },
    capabilities: {
      [test1]: { server: () => ({}), account: async () => ({}) },
      [notForAccount]: { server: () => ({}), account: async () => null },
    },
  })
  alice = await signIn(node)
})
after(() => node.stop())

const post = (body: string | Uint8Array, contentType = 'application/json') =>
  alice.fetch('/jmap/api', { method: 'POST', headers: { 'content-type': contentType }, body: body as string })

async function problemOf(reply: Response) {
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/)
  return { status: reply.status, ...((await reply.json()) as Record<string, unknown>) } as Record<string, unknown>
}

async function run(...methodCalls: unknown[]) {
  const { status, body } = await alice.request({ using: [core, test1, notForAccount], methodCalls })
  assert.equal(status, 200, JSON.stringify(body))
  return body.methodResponses as [string, Record<string, unknown>, string][]
}

const errorOf = async (...call: [string, unknown]) => {
  const [response] = await run([...call, 'c'])
  assert.equal(response![0], 'error')
  return response![1]
}

test('Core/echo gives back its arguments, and the answer the session state', async () => {
  const { status, body } = await alice.request({ using: [core], methodCalls: [['Core/echo', { hello: true }, 'b3ff']] })
  assert.equal(status, 200)
  assert.deepEqual(body.methodResponses, [['Core/echo', { hello: true }, 'b3ff']])
  const session = (await (await alice.fetch('/jmap/session')).json()) as { state: string }
  assert.equal(body.sessionState, session.state)
})

test('responses come in the order of the calls under their ids, even when ids repeat', async () => {
  const responses = await run(['Core/echo', { n: 1 }, 'x'], ['Test/nope', {}, 'y'], ['Core/echo', { n: 2 }, 'x'])
  assert.deepEqual(
    responses.map(([name, , callId]) => [name, callId]),
    [
      ['Core/echo', 'x'],
      ['error', 'y'],
      ['Core/echo', 'x'],
    ],
  )
})

test('a method that answers several times does so under its one call id', async () => {
  assert.deepEqual(await run(['Test/several', {}, 'c']), [
    ['Test/first', { n: 1 }, 'c'],
    ['Test/second', { n: 2 }, 'c'],
  ])
})

test('what is not I-JSON is notJSON', async () => {
  const request = (inner: string) => `{"using":["${core}"],"methodCalls":[["Core/echo",${inner},"c"]]}`
  const bad: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['half an object', '{"using":'],
    ['a comma too many', '{"using":[],}'],
    ['a name twice', request('{"a":1,"a":2}')],
    ['a name twice, once escaped', request('{"a":1,"\\u0061":2}')],
    ['a lone surrogate', request('{"a":"\\ud800"}')],
    ['a lone surrogate in a name', request('{"\\udc00":1}')],
    ['bytes that are not UTF-8', Buffer.from(request('{"a":"\xff"}'), 'latin1')],
    ['a byte order mark', `\ufeff${request('{}')}`],
    ['a number beyond a double', request('{"a":1e999}')],
    ['nesting without end', request('['.repeat(5000) + ']'.repeat(5000))],
  ]
  for (const [what, body] of bad) {
    const problem = await problemOf(await post(body))
    assert.equal(problem.type, 'urn:ietf:params:jmap:error:notJSON', what)
    assert.equal(problem.status, 400, what)
  }
  for (const type of ['text/plain', 'no type', '', 'application/jsonx']) {
    const other = await problemOf(await post(request('{}'), type))
    assert.deepEqual([other.type, other.status], ['urn:ietf:params:jmap:error:notJSON', 400], type)
  }
})

test('I-JSON that only looks odd is taken', async () => {
  const echo = { a: { a: [{ a: 1 }, { a: '}"{,' }] }, '': '\\"', e: [1e10, -1.5e-3, true, false, null], '😀': '😀' }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
    const reply = await post(JSON.stringify({ using: [core], methodCalls: [['Core/echo', echo, 'c']] }), type)
    const { methodResponses } = (await reply.json()) as { methodResponses: unknown[][] }
    assert.deepEqual(methodResponses[0]![1], echo)
  }
})

test('JSON that is no request is notRequest', async () => {
  const bad = [
    [],
    null,
    {},
    { using: core, methodCalls: [] },
    { using: [1], methodCalls: [] },
    { using: [core] },
    { using: [core], methodCalls: {} },
    { using: [core], methodCalls: [['Core/echo', {}]] },
    { using: [core], methodCalls: [['Core/echo', [], 'c']] },
    { using: [core], methodCalls: [['Core/echo', {}, 1]] },
    { using: [core], methodCalls: [['Core/echo', {}, 'c', 'd']] },
    { using: [core], methodCalls: [], createdIds: [] },
    { using: [core], methodCalls: [], createdIds: { 'not an id': 'x' } },
  ]
  for (const body of bad) {
    const problem = await problemOf(await post(JSON.stringify(body)))
    assert.equal(problem.type, 'urn:ietf:params:jmap:error:notRequest', JSON.stringify(body))
    assert.equal(problem.status, 400)
  }
})

test('members that a request does not have are ignored', async () => {
  const { status } = await alice.request({ using: [core], methodCalls: [], ratherNew: 1 })
  assert.equal(status, 200)
})

test('a capability that we do not have refuses the request', async () => {
  const reply = await post(JSON.stringify({ using: [core, 'urn:example:nope'], methodCalls: [] }))
  const problem = await problemOf(reply)
  assert.equal(problem.type, 'urn:ietf:params:jmap:error:unknownCapability')
  assert.match(String(problem.detail), /urn:example:nope/)
})

test('maxCallsInRequest holds at its edge and names itself', async () => {
  const calls = (count: number) => Array.from({ length: count }, (_, n) => ['Core/echo', {}, String(n)])
  const most = await alice.request({ using: [core], methodCalls: calls(testLimits.maxCallsInRequest) })
  assert.equal(most.status, 200)
  const over = await alice.request({ using: [core], methodCalls: calls(testLimits.maxCallsInRequest + 1) })
  assert.equal(over.status, 400)
  assert.equal(over.body.type, 'urn:ietf:params:jmap:error:limit')
  assert.equal(over.body.limit, 'maxCallsInRequest')
})

test('maxSizeRequest holds at its edge and names itself', async () => {
  const body = (size: number) => {
    const empty = JSON.stringify({ using: [core], methodCalls: [['Core/echo', { pad: '' }, 'c']] })
    return empty.replace('""', `"${'x'.repeat(size - empty.length)}"`)
  }
  assert.equal((await post(body(testLimits.maxSizeRequest))).status, 200)
  const problem = await problemOf(await post(body(testLimits.maxSizeRequest + 1)))
  assert.equal(problem.type, 'urn:ietf:params:jmap:error:limit')
  assert.equal(problem.limit, 'maxSizeRequest')
})

test('maxConcurrentRequests holds at its edge, of one account alone, and is free again afterwards', async () => {
  const bob = await signIn(node, 'bob@example.test')
  const slow = { using: [core], methodCalls: [['Test/slow', {}, 'c']] }
  const held = Array.from({ length: testLimits.maxConcurrentRequests }, () => alice.request(slow))
  while (running < testLimits.maxConcurrentRequests) await sleep(5)
  const over = await alice.request({ using: [core], methodCalls: [] })
  assert.equal(over.body.limit, 'maxConcurrentRequests')
  assert.equal((await bob.request({ using: [core], methodCalls: [] })).status, 200)
  release()
  for (const { status } of await Promise.all(held)) assert.equal(status, 200)
  assert.equal((await alice.request({ using: [core], methodCalls: [] })).status, 200)
})

test('a method that there is not, or whose capability is not in using, is unknownMethod', async () => {
  assert.equal((await errorOf('Test/nope', {})).type, 'unknownMethod')
  assert.equal((await errorOf('constructor', {})).type, 'unknownMethod')
  const { body } = await alice.request({ using: [core], methodCalls: [['Test/strict', {}, 'c']] })
  assert.equal((body.methodResponses as [string, { type: string }][])[0]![1].type, 'unknownMethod')
})

test('accounts and arguments are checked by each method', async () => {
  const { accountId } = alice
  assert.equal((await errorOf('Test/strict', { accountId: 'aNobody' })).type, 'accountNotFound')
  assert.equal((await errorOf('Test/strict', {})).type, 'invalidArguments')
  assert.equal((await errorOf('Test/strict', { accountId: null })).type, 'invalidArguments')
  const unknown = await errorOf('Test/strict', { accountId, more: 1 })
  assert.deepEqual([unknown.type, unknown.arguments], ['invalidArguments', ['more']])
  assert.equal((await errorOf('Test/none', { accountId })).type, 'accountNotSupportedByMethod')
})

test('a failed call fails alone, and tells nothing of our inside', async () => {
  const responses = await run(['Test/fail', {}, 'a'], ['Test/down', {}, 'b'], ['Core/echo', {}, 'c'])
  assert.deepEqual(
    responses.map(([name, args]) => [name, args.type]),
    [
      ['error', 'serverFail'],
      ['error', 'serverUnavailable'],
      ['Core/echo', undefined],
    ],
  )
  assert.doesNotMatch(JSON.stringify(responses), /secret|imap\.internal/)
})

test('createdIds go in and come out, but only when they went in', async () => {
  const methodCalls = [['Test/create', {}, 'c']]
  const given = await alice.request({ using: [core], methodCalls, createdIds: { old: 'id0', __proto__x: 'id9' } })
  assert.deepEqual(given.body.createdIds, { old: 'id0', __proto__x: 'id9', new: 'id1' })
  const none = await alice.request({ using: [core], methodCalls })
  assert.ok(!('createdIds' in none.body))
})

test('result references take values out of earlier responses', async () => {
  const reference = (path: string) => ({ resultOf: 'l', name: 'Test/list', path })
  const echo = async (path: string) => {
    const [, response] = await run(['Test/list', {}, 'l'], ['Core/echo', { '#value': reference(path) }, 'e'])
    return response![1].value
  }
  assert.deepEqual(await echo('/list/*/id'), ['a', 'b'])
  assert.deepEqual(await echo('/list/*/tags'), ['x', 'y', 'z'], 'arrays are joined')
  assert.equal(await echo('/list/1/id'), 'b')
  assert.deepEqual(await echo('/list/*/odd~1~0name'), [1, 2])
  assert.equal(await echo('/nothing'), null)
  assert.ok(Array.isArray(((await echo('')) as { list: unknown }).list), 'the whole response')
})

test('whatever a reference cannot reach is invalidResultReference', async () => {
  const good = { resultOf: 'l', name: 'Test/list', path: '/list/*/id' }
  const bad: unknown[] = [
    'text',
    null,
    {},
    { ...good, path: 1 },
    { ...good, resultOf: 'other' },
    { ...good, name: 'Test/other' },
    { ...good, path: 'list' },
    { ...good, path: '/list/9' },
    { ...good, path: '/list/01' },
    { ...good, path: '/list/-1' },
    { ...good, path: '/list/*/gone' },
    { ...good, path: '/nothing/x' },
    { ...good, path: '/list/*/id/deeper' },
    { ...good, path: '/list/~2' },
    { ...good, path: '/list/0/constructor' },
    { ...good, resultOf: 'later' },
    { ...good, resultOf: 'failed' },
  ]
  for (const reference of bad) {
    const [, , response] = await run(
      ['Test/list', {}, 'l'],
      ['Test/nope', {}, 'failed'],
      ['Core/echo', { '#value': reference }, 'e'],
      ['Test/list', {}, 'later'],
    )
    assert.equal(response![1].type, 'invalidResultReference', JSON.stringify(reference))
  }
})

test('an argument given plainly and by reference is invalidArguments', async () => {
  const reference = { resultOf: 'l', name: 'Test/list', path: '/list/*/id' }
  const [, response] = await run(['Test/list', {}, 'l'], ['Core/echo', { ids: [], '#ids': reference }, 'e'])
  assert.equal(response![1].type, 'invalidArguments')
})

test('when the mail server no longer takes the password, the request is 401 and the session is over', async () => {
  const gone = await signIn(node)
  const reply = await gone.fetch('/jmap/api', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ using: [core], methodCalls: [['Test/wrongPassword', {}, 'c']] }),
  })
  assert.equal(reply.status, 401)
  assert.equal((await gone.fetch('/auth/session')).status, 401)
  assert.equal((await alice.fetch('/auth/session')).status, 200, 'others stay')
})
