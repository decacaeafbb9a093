import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilities, type JmapRequest, type SessionResource } from '#shared/jmap/core.ts'
import { openClient } from './client.ts'
import { JmapError } from './methods.ts'

const session: SessionResource = {
  capabilities: { [capabilities.core]: { maxCallsInRequest: 4 }, [capabilities.mail]: {} },
  accounts: {},
  primaryAccounts: { [capabilities.mail]: 'u1' },
  username: 'ada',
  apiUrl: '/jmap/api',
  downloadUrl: '/d/{accountId}/{blobId}/{name}?type={type}',
  uploadUrl: '',
  eventSourceUrl: '',
  state: '0',
}
type Answer = (request: JmapRequest, headers: Headers) => Response | Promise<Response>

function echo(request: JmapRequest): Response {
  return Response.json({ methodResponses: request.methodCalls, sessionState: '0' })
}

/** A client whose server gives these answers one after the other, then echoes. */
function clientOver(...answers: Answer[]) {
  const requests: JmapRequest[] = []
  let signIns = 0
  let csrf = 'old'
  const client = openClient(session, {
    csrf: () => csrf,
    signInAgain: async () => {
      signIns++
    },
    renewCsrf: async () => {
      csrf = 'new'
      return true
    },
    sleep: () => Promise.resolve(),
    silentMs: 50,
    fetch: async (_url, init) => {
      init?.signal?.throwIfAborted()
      const request = JSON.parse(String(init?.body)) as JmapRequest
      requests.push(request)
      return (answers.shift() ?? echo)(request, new Headers(init?.headers))
    },
  })
  return { client, requests, signIns: () => signIns }
}

const get = (ids: string[]) => ['Email/get', { accountId: 'u1', ids }] as const

test('calls of one tick travel together, up to what the server takes in one request', async () => {
  const { client, requests } = clientOver()
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => client.call(...get([id]))))
  assert.deepEqual(
    requests.map(({ methodCalls }) => methodCalls.length),
    [4, 1],
  )
})

test('a batch is never cut, and its references name the calls they are to', async () => {
  const { client, requests } = clientOver()
  const first = Promise.all([client.call(...get(['a'])), client.call(...get(['b']))])
  const last = client.batch((batch) => {
    const query = batch.call('Email/query', { accountId: 'u1' })
    const rows = batch.call('Email/get', { accountId: 'u1', '#ids': query.ref('/ids') })
    return batch.call('Thread/get', { accountId: 'u1', '#ids': rows.ref('/list/*/threadId') })
  })
  await Promise.all([first, last])
  assert.equal(requests.length, 2)
  const [query, rows, threads] = requests[1]?.methodCalls ?? []
  assert.deepEqual(rows?.[1]['#ids'], { resultOf: query?.[2], name: 'Email/query', path: '/ids' })
  assert.deepEqual(threads?.[1]['#ids'], { resultOf: rows?.[2], name: 'Email/get', path: '/list/*/threadId' })
})

test('one call that fails does not fail its neighbours', async () => {
  const { client } = clientOver((request) =>
    Response.json({
      methodResponses: request.methodCalls.map(([name, args, id], i) =>
        i === 0 ? ['error', { type: 'cannotCalculateChanges' }, id] : [name, args, id],
      ),
    }),
  )
  const [failed, fine] = await Promise.allSettled([client.call(...get(['a'])), client.call(...get(['b']))])
  assert.ok(failed.status === 'rejected' && failed.reason instanceof JmapError)
  assert.equal(failed.reason.type, 'cannotCalculateChanges')
  assert.equal(fine.status, 'fulfilled')
})

test('an ended session is waited for, and the request goes out again', async () => {
  const { client, requests, signIns } = clientOver(() => new Response('', { status: 401 }))
  await client.call(...get(['a']))
  assert.equal(signIns(), 1)
  assert.equal(requests.length, 2)
  assert.equal(client.connection.state(), 'online')
})

test('a CSRF token that is refused is renewed once', async () => {
  const tokens: (string | null)[] = []
  const note: Answer = (request, headers) => {
    tokens.push(headers.get('x-csrf-token'))
    return tokens.length === 1 ? new Response('', { status: 403 }) : echo(request)
  }
  const { client } = clientOver(note, note)
  await client.call(...get(['a']))
  assert.deepEqual(tokens, ['old', 'new'])
  const refused = clientOver(
    () => new Response('', { status: 403 }),
    () => new Response('', { status: 403 }),
  )
  await assert.rejects(refused.client.call(...get(['a'])), /serverFail/)
})

test('after a gateway error a patch is sent again, a creation is not', async () => {
  const lost: Answer = () => new Response('', { status: 504 })
  const patch = clientOver(lost)
  await patch.client.call('Email/set', { accountId: 'u1', update: { a: { 'keywords/$seen': true } } })
  assert.equal(patch.requests.length, 2)
  const creation = clientOver(lost)
  await assert.rejects(creation.client.call('Email/set', { accountId: 'u1', create: { a: {} } }), /network/)
  assert.equal(creation.requests.length, 1)
  const known = clientOver(lost)
  await known.client.call('Email/set', { accountId: 'u1', create: { a: {} } }, { mayRepeat: true })
  assert.equal(known.requests.length, 2)
})

test('our own refusal says that nothing was done; a balancer’s may stand for a node that died', async () => {
  const ours: Answer = () =>
    new Response('{"type":"overloaded"}', { status: 503, headers: { 'content-type': 'application/problem+json' } })
  const creation = clientOver(ours, ours)
  await creation.client.call('Email/set', { accountId: 'u1', create: { a: {} } })
  assert.equal(creation.requests.length, 3)
  const theirs = clientOver(() => new Response('<html>', { status: 503, headers: { 'content-type': 'text/html' } }))
  await assert.rejects(theirs.client.call('Email/set', { accountId: 'u1', create: { a: {} } }), /network/)
  assert.equal(theirs.requests.length, 1)
})

test('the balancer hears what may be repeated', async () => {
  const told: (string | null)[] = []
  const note: Answer = (request, headers) => {
    told.push(headers.get('paquebot-repeatable'))
    return echo(request)
  }
  const { client } = clientOver(note, note)
  await client.call(...get(['a']))
  await client.call('Email/set', { accountId: 'u1', create: { a: {} } })
  assert.deepEqual(told, ['1', null])
})

test('a creation does not take reads of the same tick down with it', async () => {
  const { client, requests } = clientOver()
  await Promise.all([client.call(...get(['a'])), client.call('Email/set', { accountId: 'u1', create: { a: {} } })])
  assert.equal(requests.length, 2)
})

test('what only reads is asked again when nobody answers; a change is waited for', async () => {
  const never = () => new Promise<Response>(() => {})
  const reading = clientOver(never)
  await reading.client.call(...get(['a']))
  assert.equal(reading.requests.length, 2)
  const changing = clientOver(never)
  void changing.client.call('Email/set', { accountId: 'u1', update: { a: {} } })
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(changing.requests.length, 1)
})

test('an aborted call rejects and is not sent again', async () => {
  const { client, requests } = clientOver()
  const abort = new AbortController()
  const call = client.call(...get(['a']), { signal: abort.signal })
  abort.abort()
  await assert.rejects(call, { name: 'AbortError' })
  assert.equal(requests.length, 0)
})

test('what must outlive the page leaves at once', () => {
  const { client, requests } = clientOver()
  void client.call(...get(['a']), { outlivesPage: true })
  assert.equal(requests.length, 1)
})

test('a download address carries names as they are, escaped', () => {
  const { client } = clientOver()
  assert.equal(
    client.downloadUrl('b1', 'Größe/ä?.pdf', 'application/pdf'),
    '/d/u1/b1/Gr%C3%B6%C3%9Fe%2F%C3%A4%3F.pdf?type=application%2Fpdf',
  )
})

test('all is well only when the last request that had met no server is through', async () => {
  const again = Promise.withResolvers<void>()
  const { client } = clientOver(
    () => {
      throw new TypeError('network')
    },
    async (request) => {
      await again.promise
      return echo(request)
    },
  )
  const first = client.call(...get(['a']))
  await new Promise((resolve) => setTimeout(resolve, 5))
  await client.call(...get(['b']))
  assert.equal(client.connection.state(), 'reconnecting')
  again.resolve()
  await first
  assert.equal(client.connection.state(), 'online')
})
