import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilities, type Invocation, type JmapRequest, type SessionResource } from '#shared/jmap/core.ts'
import { openClient } from './client.ts'
import { createOnce, refusalOf } from './create-once.ts'
import { JmapError } from './methods.ts'

const session: SessionResource = {
  capabilities: { [capabilities.core]: { maxCallsInRequest: 16 }, [capabilities.mail]: {} },
  accounts: {},
  primaryAccounts: { [capabilities.mail]: 'u1' },
  username: 'ada',
  apiUrl: '/jmap/api',
  downloadUrl: '',
  uploadUrl: '',
  eventSourceUrl: '',
  state: '0',
}
const accountId = 'u1'
type Args = Record<string, unknown>
/** What the server makes of the nth time that it sees a call: another answer, or undefined for an echo of it. */
type Answer = (call: Invocation, nth: number) => readonly [string, Args] | undefined

const unavailable = (more: Args = {}) => ['error', { type: 'serverUnavailable', ...more }] as const

/** A client, its requests, what it waited, and a clock that its waiting alone moves. */
function clientOver(answer: Answer) {
  const requests: (readonly Invocation[])[] = []
  const waits: number[] = []
  const seen = new Map<string, number>()
  let time = 0
  const client = openClient(session, {
    csrf: () => '',
    signInAgain: () => Promise.reject(new Error('signed out')),
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      waits.push(ms)
      time += ms
    },
    fetch: async (_url, init) => {
      const { methodCalls } = JSON.parse(String(init?.body)) as JmapRequest
      requests.push(methodCalls)
      const methodResponses = methodCalls.map((call) => {
        const nth = seen.get(call[2]) ?? 0
        seen.set(call[2], nth + 1)
        return [...(answer(call, nth) ?? [call[0], call[1]]), call[2]]
      })
      return Response.json({ methodResponses, sessionState: '0' })
    },
  })
  return { client, requests, waits, names: () => requests.map((calls) => calls.map(([name]) => name)) }
}

test('a read that was unavailable is asked for again, and what travelled with it is not', async () => {
  const { client, names } = clientOver(([name], nth) => (name === 'Email/get' && nth < 2 ? unavailable() : undefined))
  const [email, mailbox] = await Promise.all([
    client.call('Email/get', { accountId, ids: ['a'] }),
    client.call('Mailbox/get', { accountId, ids: ['b'] }),
  ])
  assert.deepEqual(
    [email, mailbox].map((args) => (args as unknown as { ids: string[] }).ids),
    [['a'], ['b']],
  )
  assert.deepEqual(names(), [['Email/get', 'Mailbox/get'], ['Email/get'], ['Email/get']])
})

test('who waits for another call of the same request does not wait for one that is unavailable', async () => {
  let isOver = false
  const { client } = clientOver(([name]) => (name === 'Email/get' ? unavailable() : undefined))
  const failing = client.call('Email/get', { accountId, ids: ['a'] }).finally(() => {
    isOver = true
  })
  await client.call('Mailbox/get', { accountId })
  assert.equal(isOver, false)
  await assert.rejects(failing, { type: 'serverUnavailable' })
})

test('calls that refer to one another are asked for again together, with others of their request left alone', async () => {
  const { client, requests } = clientOver(([name], nth) => {
    if (nth > 0) return undefined
    if (name === 'Email/get') return unavailable()
    return name === 'Thread/get' ? ['error', { type: 'invalidResultReference' }] : undefined
  })
  const other = client.call('Mailbox/get', { accountId })
  const last = client.batch((batch) => {
    const query = batch.call('Email/query', { accountId })
    const rows = batch.call('Email/get', { accountId, '#ids': query.ref('/ids') })
    batch.call('Identity/get', { accountId })
    return batch.call('Thread/get', { accountId, '#ids': rows.ref('/list/*/threadId') })
  })
  await Promise.all([other, last])
  assert.deepEqual(
    requests[1],
    requests[0]?.filter(([name]) => name !== 'Mailbox/get' && name !== 'Identity/get'),
  )
  assert.equal(requests[1]?.length, 3)
})

test('the waits double, are in part random, and end', async () => {
  const { client, requests, waits } = clientOver(() => unavailable())
  await assert.rejects(client.call('Email/get', { accountId, ids: ['a'] }), { type: 'serverUnavailable' })
  assert.equal(requests.length, waits.length + 1)
  assert.ok(waits.length >= 5, `${waits}`)
  assert.ok(waits.reduce((sum, ms) => sum + ms) <= 20_000, `${waits}`)
  waits.forEach((ms, at) => {
    assert.ok(ms >= 125 * 2 ** at && ms <= 250 * 2 ** at, `${waits}`)
  })
})

test('a method that says when to come again is not asked before, nor at all when that is too long', async () => {
  const soon = clientOver((_call, nth) => (nth === 0 ? unavailable({ retryAfter: 3 }) : undefined))
  await soon.client.call('Email/get', { accountId, ids: ['a'] })
  assert.deepEqual(soon.waits, [3000])
  const late = clientOver(() => unavailable({ retryAfter: 3600 }))
  await assert.rejects(late.client.call('Email/get', { accountId, ids: ['a'] }), { type: 'serverUnavailable' })
  assert.equal(late.requests.length, 1)
})

test('other errors are told at once', async () => {
  const { client, requests } = clientOver(() => ['error', { type: 'serverFail' }])
  await assert.rejects(client.call('Email/get', { accountId, ids: ['a'] }), { type: 'serverFail' })
  assert.equal(requests.length, 1)
})

test('patches and destructions are repeated; a creation only when the server knows it again', async () => {
  const once: Answer = (_call, nth) => (nth === 0 ? unavailable() : undefined)
  const patch = clientOver(once)
  await patch.client.call('Email/set', { accountId, update: { a: { 'keywords/$seen': true } }, destroy: ['b'] })
  assert.deepEqual(patch.requests[1], patch.requests[0])
  const creation = clientOver(once)
  const create = { new: { subject: 'x' } }
  await assert.rejects(creation.client.call('Email/set', { accountId, create }), { type: 'serverUnavailable' })
  const sent = clientOver(once)
  await sent.client.call('Email/set', { accountId, create }, { mayRepeat: true })
  const looked = clientOver(once)
  const destroy = { accountId, destroy: ['a'] }
  await assert.rejects(looked.client.call('Email/set', destroy, { mayRepeat: false }), { type: 'serverUnavailable' })
  const imported = clientOver(once)
  await assert.rejects(imported.client.call('Email/import', { accountId, emails: {} }), { type: 'serverUnavailable' })
  assert.deepEqual(
    [creation, sent, looked, imported].map(({ requests }) => requests.length),
    [1, 2, 1, 1],
  )
})

test('a creation keeps what refers to it from being repeated', async () => {
  const { client, requests } = clientOver(([name]) => (name === 'Email/get' ? unavailable() : undefined))
  const got = client.batch((batch) => {
    const made = batch.call('Email/set', { accountId, create: { new: {} } })
    return batch.call('Email/get', { accountId, '#ids': made.ref('/created/new/id') })
  })
  await assert.rejects(got, { type: 'serverUnavailable' })
  assert.equal(requests.length, 1)
})

const refused = { type: 'serverUnavailable' }
const states = (old: string, now: string) => ({ accountId, oldState: old, newState: now })

test('of a /set the items that were unavailable are asked for again, and one answer is made of both', async () => {
  const { client, requests } = clientOver((_call, nth) =>
    nth === 0
      ? [
          'Email/set',
          {
            ...states('1', '2'),
            updated: { a: null },
            destroyed: ['c'],
            notUpdated: { b: refused, x: { type: 'forbidden' } },
            notDestroyed: { d: refused },
          },
        ]
      : ['Email/set', { ...states('2', '3'), updated: { b: null }, notDestroyed: { d: { type: 'notFound' } } }],
  )
  const update = { a: { 'keywords/$seen': true }, b: { 'keywords/$seen': true }, x: { 'keywords/$seen': true } }
  const answer = await client.call('Email/set', { accountId, update, destroy: ['c', 'd'] })
  const [[, rest] = []] = requests[1] ?? []
  assert.deepEqual(rest, { accountId, create: {}, update: { b: { 'keywords/$seen': true } }, destroy: ['d'] })
  assert.deepEqual(answer, {
    ...states('1', '3'),
    created: null,
    updated: { a: null, b: null },
    destroyed: ['c'],
    notCreated: null,
    notUpdated: { x: { type: 'forbidden' } },
    notDestroyed: { d: { type: 'notFound' } },
  })
})

test('items that stay unavailable are told with those that are done, though the repeat failed as a whole', async () => {
  const { client } = clientOver((_call, nth) =>
    nth === 0
      ? ['Email/set', { ...states('1', '2'), updated: { a: null }, notUpdated: { b: refused } }]
      : ['error', { type: 'serverFail' }],
  )
  const answer = await client.call('Email/set', { accountId, update: { a: {}, b: {} } })
  assert.deepEqual([answer.updated, answer.notUpdated], [{ a: null }, { b: refused }])
})

test('a creation that was unavailable as an item is repeated only when the server knows it again', async () => {
  const half: Answer = (_call, nth) =>
    nth === 0
      ? ['Email/set', { ...states('1', '2'), notCreated: { n: refused }, notUpdated: { b: refused } }]
      : ['Email/set', { ...states('2', '3'), created: { n: { id: 'i' } }, updated: { b: null } }]
  const blind = clientOver(half)
  await blind.client.call('Email/set', { accountId, create: { n: {} }, update: { b: {} } })
  assert.deepEqual(blind.requests[1]?.[0]?.[1], { accountId, create: {}, update: { b: {} }, destroy: [] })
  const known = clientOver(half)
  const args = { accountId, create: { n: {} } }
  const { created } = await known.client.call('Email/set', args, { mayRepeat: true })
  assert.deepEqual(created, { n: { id: 'i' } })
  const none = clientOver(half)
  const answer = await none.client.call('Email/set', args, { mayRepeat: false })
  assert.deepEqual([answer.notCreated, none.requests.length], [{ n: refused }, 1])
})

test('nothing of a /set with a condition on the state is asked for again: its first half has changed the state', async () => {
  const { client, requests } = clientOver(() => ['Email/set', { ...states('1', '2'), notUpdated: { b: refused } }])
  await client.call('Email/set', { accountId, ifInState: '1', update: { a: {}, b: {} } })
  assert.equal(requests.length, 1)
})

test('a later change of the same object waits for an earlier one that is asked for again', async () => {
  const { client, requests } = clientOver(([, { update }], nth) =>
    nth === 0 && (update as { a?: Args }).a?.['keywords/$seen'] === true ? unavailable() : undefined,
  )
  const set = (id: string, isSeen: boolean) =>
    client.call('Email/set', { accountId, update: { [id]: { 'keywords/$seen': isSeen } } })
  await Promise.all([set('a', true), set('a', false), set('b', true)])
  const order = requests.flatMap((calls) => calls.map(([, { update }]) => JSON.stringify(update)))
  const [on, off] = [true, false].map((isSeen) => JSON.stringify({ a: { 'keywords/$seen': isSeen } }))
  assert.deepEqual(
    order.filter((text) => text.includes('"a"')),
    [on, on, off],
  )
  assert.equal(requests[0]?.length, 2, 'another object does not wait')
})

test('whoever gives up while a call waits to be repeated is told so', async () => {
  const abort = new AbortController()
  const { client, requests } = clientOver(() => {
    abort.abort()
    return unavailable()
  })
  const call = client.call('Email/get', { accountId, ids: ['a'] }, { signal: abort.signal })
  await assert.rejects(call, { name: 'AbortError' })
  assert.equal(requests.length, 1)
})

test('a creation that may have been made all the same is looked for, and asked for again when it was not', async () => {
  const waits: number[] = []
  const sleep = async (ms: number) => void waits.push(ms)
  const fails = [refusalOf({ type: 'serverUnavailable' }), new JmapError('network')]
  const looks: (string | null)[] = [null, null]
  const create = async () => {
    const failure = fails.shift()
    if (failure) throw failure
    return 'made'
  }
  assert.equal(await createOnce(create, async () => looks.shift() ?? null, sleep), 'made')
  assert.deepEqual([waits.length, looks.length], [2, 0])
  const found = createOnce(
    () => Promise.reject(refusalOf({ type: 'serverUnavailable' })),
    async () => 'found',
    sleep,
  )
  assert.equal(await found, 'found')
  const forbidden = createOnce(
    () => Promise.reject(refusalOf({ type: 'forbidden', description: 'no' })),
    async () => 'found',
    sleep,
  )
  await assert.rejects(forbidden, { type: 'serverFail', description: 'no' })
})
