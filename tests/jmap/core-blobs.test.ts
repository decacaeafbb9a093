// Uploads and downloads (RFC 8620 §6), Blob/* (RFC 9404) and Quota/* (RFC 9425), from outside.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, startTestNode, type TestClient, type TestNode, testLimits } from '#testing/node.ts'

let node: TestNode
let alice: TestClient
let bob: TestClient
before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
  bob = await signIn(node, 'bob@example.test')
})
after(() => node.stop())

const upload = (client: TestClient, bytes: Uint8Array | string, type = 'text/plain', accountId = client.accountId) =>
  client.fetch(`/jmap/upload/${accountId}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: bytes as string,
  })

async function uploaded(client: TestClient, bytes: Uint8Array | string, type?: string) {
  const reply = await upload(client, bytes, type)
  assert.equal(reply.status, 201, await reply.clone().text())
  return (await reply.json()) as { accountId: string; blobId: string; type: string; size: number }
}

const download = (
  client: TestClient,
  blobId: string,
  { name = 'file.txt', type = 'text/plain', headers = {}, method = 'GET', accountId = client.accountId } = {},
) =>
  client.fetch(`/jmap/download/${accountId}/${blobId}/${encodeURIComponent(name)}?type=${encodeURIComponent(type)}`, {
    headers,
    method,
  })

test('what was uploaded is downloaded, octet for octet', async () => {
  const bytes = randomBytes(300_000)
  const blob = await uploaded(alice, bytes, 'image/png')
  assert.deepEqual(blob, { accountId: alice.accountId, blobId: blob.blobId, type: 'image/png', size: 300_000 })
  assert.equal(blob.blobId, `b${createHash('sha256').update(bytes).digest('hex')}`)
  const reply = await download(alice, blob.blobId, { type: 'image/png' })
  assert.equal(reply.status, 200)
  assert.equal(reply.headers.get('content-type'), 'image/png')
  assert.equal(reply.headers.get('content-length'), '300000')
  assert.ok(Buffer.from(await reply.arrayBuffer()).equals(bytes))
})

test('an empty upload and one without a type are uploads as well', async () => {
  const empty = await uploaded(alice, '')
  assert.equal(empty.size, 0)
  const reply = await download(alice, empty.blobId)
  assert.equal(reply.status, 200)
  assert.equal((await reply.arrayBuffer()).byteLength, 0)
  assert.equal((await uploaded(alice, 'x', 'no type at all')).type, 'application/octet-stream')
})

test('maxSizeUpload holds at its edge, told beforehand or not, and names itself', async () => {
  assert.equal((await uploaded(alice, Buffer.alloc(testLimits.maxSizeUpload))).size, testLimits.maxSizeUpload)
  const told = await upload(alice, Buffer.alloc(testLimits.maxSizeUpload + 1))
  assert.equal(told.status, 413)
  assert.match(told.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const problem = (await told.json()) as Record<string, unknown>
  assert.deepEqual([problem.type, problem.limit], ['urn:ietf:params:jmap:error:limit', 'maxSizeUpload'])
  const chunked = await sendChunked(alice, testLimits.maxSizeUpload + 1)
  assert.equal(chunked.status, 413)
  assert.equal((JSON.parse(chunked.body) as { limit: string }).limit, 'maxSizeUpload')
})

/** Without a Content-Length. */
function sendChunked(client: TestClient, size: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { cookie: client.cookie, 'x-csrf-token': client.csrf, 'content-type': 'text/plain' }
    const request = httpRequest(`${node.url}/jmap/upload/${client.accountId}`, { method: 'POST', headers })
    request.on('response', (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, body }))
    })
    request.on('error', reject)
    for (let sent = 0; sent < size; sent += 100_000) request.write(Buffer.alloc(Math.min(100_000, size - sent)))
    request.end()
  })
}

test('maxConcurrentUpload holds at its edge and is free again afterwards', async () => {
  const held = Array.from({ length: testLimits.maxConcurrentUpload }, () => {
    const headers = { cookie: alice.cookie, 'x-csrf-token': alice.csrf, 'content-type': 'text/plain' }
    const request = httpRequest(`${node.url}/jmap/upload/${alice.accountId}`, { method: 'POST', headers })
    const done = new Promise<number>((resolve) =>
      request.on('response', (reply) => resolve(reply.resume().statusCode!)),
    )
    request.write('begun')
    return { request, done }
  })
  await sleep(100)
  const over = await upload(alice, 'one more')
  assert.equal(over.status, 429)
  assert.equal(((await over.json()) as { limit: string }).limit, 'maxConcurrentUpload')
  assert.equal((await upload(bob, 'somebody else’s')).status, 201)
  for (const { request } of held) request.end()
  assert.deepEqual(
    await Promise.all(held.map(({ done }) => done)),
    held.map(() => 201),
  )
  assert.equal((await upload(alice, 'one more')).status, 201)
})

test('an upload that breaks off leaves nothing behind', async () => {
  const before = await Array.fromAsync(node.blobStore.list(new AbortController().signal))
  const headers = { cookie: alice.cookie, 'x-csrf-token': alice.csrf, 'content-length': '100000' }
  const request = httpRequest(`${node.url}/jmap/upload/${alice.accountId}`, { method: 'POST', headers })
  request.on('error', () => {})
  request.write(randomBytes(50_000))
  await sleep(50)
  request.destroy()
  await eventually(
    () => Array.fromAsync(node.blobStore.list(new AbortController().signal)),
    ({ length }) => length === before.length,
    'what was written of it is gone',
  )
})

test('an account over its quota of uploads hears so', async () => {
  await using own = await startTestNode({ uploads: { quotaBytes: 1000 } })
  const client = await signIn(own)
  await uploaded(client, randomBytes(600))
  const reply = await upload(client, randomBytes(600))
  assert.equal(reply.status, 507)
  assert.equal(((await reply.json()) as { type: string }).type, 'overQuota')
})

test('another’s account and another’s blob are not found', async () => {
  const { blobId } = await uploaded(alice, 'private to alice')
  assert.equal((await upload(bob, 'x', 'text/plain', alice.accountId)).status, 404)
  assert.equal((await download(bob, blobId)).status, 404)
  assert.equal((await download(bob, blobId, { accountId: alice.accountId })).status, 404)
  assert.equal((await download(alice, `b${'0'.repeat(64)}`)).status, 404)
  assert.equal((await download(alice, '..%2f..%2fetc')).status, 404)
  // The same bytes sent by both are each one's own.
  const again = await uploaded(bob, 'private to alice')
  assert.equal(again.blobId, blobId)
  assert.equal((await download(bob, blobId)).status, 200)
})

test('ranges give that part, and 416 where there is none', async () => {
  const bytes = randomBytes(1000)
  const { blobId } = await uploaded(alice, bytes)
  const cases: [string, number, number][] = [
    ['bytes=0-0', 0, 1],
    ['bytes=0-99', 0, 100],
    ['bytes=990-', 990, 1000],
    ['bytes=-10', 990, 1000],
    ['bytes=-5000', 0, 1000],
    ['bytes=500-5000', 500, 1000],
  ]
  for (const [range, start, end] of cases) {
    const reply = await download(alice, blobId, { headers: { range } })
    assert.equal(reply.status, 206, range)
    assert.equal(reply.headers.get('content-range'), `bytes ${start}-${end - 1}/1000`)
    assert.equal(reply.headers.get('content-length'), String(end - start))
    assert.ok(Buffer.from(await reply.arrayBuffer()).equals(bytes.subarray(start, end)), range)
  }
  for (const range of ['bytes=1000-', 'bytes=-0', 'bytes=5000-6000']) {
    const reply = await download(alice, blobId, { headers: { range } })
    assert.deepEqual([reply.status, reply.headers.get('content-range')], [416, 'bytes */1000'], range)
  }
  for (const range of ['bytes=5-2', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=a-b', 'bytes=-']) {
    assert.equal((await download(alice, blobId, { headers: { range } })).status, 200, `${range} is ignored`)
  }
})

test('a blob is cached for ever by its ETag; If-Range guards a part', async () => {
  const { blobId } = await uploaded(alice, 'to be cached')
  const reply = await download(alice, blobId)
  const etag = reply.headers.get('etag')!
  assert.match(reply.headers.get('cache-control') ?? '', /private.*immutable/)
  for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    assert.equal((await download(alice, blobId, { headers: { 'if-none-match': tag } })).status, 304, tag)
  }
  assert.equal((await download(alice, blobId, { headers: { 'if-none-match': '"other"' } })).status, 200)
  const part = (ifRange: string) => download(alice, blobId, { headers: { range: 'bytes=0-1', 'if-range': ifRange } })
  assert.deepEqual([(await part(etag)).status, (await part('"other"')).status], [206, 200])
})

test('HEAD has the headers and no body', async () => {
  const { blobId } = await uploaded(alice, 'twelve bytes')
  const reply = await download(alice, blobId, { method: 'HEAD' })
  assert.deepEqual([reply.status, reply.headers.get('content-length'), await reply.text()], [200, '12', ''])
})

test('no name breaks out of its header, and each reaches the disk as it was, or safer', async () => {
  const { blobId } = await uploaded(alice, 'x')
  const cases: [string, RegExp][] = [
    ['report.pdf', /^attachment; filename="report\.pdf"$/],
    ['a"b.txt', /filename="a_b\.txt"/],
    ['a\r\nSet-Cookie: x=1', /^attachment; filename="aSet-Cookie_ x=1"/],
    ['über 😀.txt', /filename\*=UTF-8''%C3%BCber%20%F0%9F%98%80\.txt$/],
    ["it's (1)*.txt", /filename\*=UTF-8''it%27s%20%281%29_\.txt$/],
    ['...', /filename="attachment"/],
    ['../../etc/passwd', /filename="_.._etc_passwd"/],
    ['invoice\u202Efdp.exe', /filename="invoicefdp\.exe"/],
    ['%0d%0a.txt', /filename="_0d_0a\.txt"; filename\*=UTF-8''%250d%250a\.txt/],
    [`${'x'.repeat(500)}.tar`, /filename="x{196}\.tar"/],
  ]
  for (const [name, expected] of cases) {
    const reply = await download(alice, blobId, { name })
    assert.equal(reply.status, 200, name)
    assert.match(reply.headers.get('content-disposition') ?? '', expected, name)
    assert.equal(reply.headers.get('set-cookie'), null)
  }
})

test('no browser runs a download: an attachment in a sandbox, never a script or a style', async () => {
  const { blobId } = await uploaded(alice, '<script>alert(1)</script>')
  for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml']) {
    const { headers } = await download(alice, blobId, { type })
    assert.equal(headers.get('content-type'), type)
    assert.match(headers.get('content-disposition') ?? '', /^attachment/)
    assert.match(headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
  }
  for (const type of ['text/javascript', 'Application/X-JavaScript', 'text/ecmascript; charset=utf-8', 'text/css']) {
    const { headers } = await download(alice, blobId, { type })
    assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8', type)
  }
  for (const type of ['nonsense', '', 'text/html\r\nx: y', 'a/b/c', '*/*', 'text/html,text/plain']) {
    const { headers } = await download(alice, blobId, { type })
    assert.equal(headers.get('content-type'), 'application/octet-stream', type)
  }
  assert.equal(
    (await download(alice, blobId, { type: 'text/plain; charset=UTF-8' })).headers.get('content-type'),
    'text/plain; charset=utf-8',
  )
  for (const destination of ['script', 'style', 'worker', 'serviceworker', 'iframe', 'object', 'embed']) {
    assert.equal(
      (await download(alice, blobId, { headers: { 'sec-fetch-dest': destination } })).status,
      403,
      destination,
    )
  }
  assert.equal((await download(alice, blobId, { headers: { 'sec-fetch-dest': 'image' } })).status, 200)
})

test('a blob whose bytes are gone is an error, not an empty file', async () => {
  const { blobId } = await uploaded(alice, 'soon gone')
  await node.blobStore.delete(blobId.slice(1), new AbortController().signal)
  const reply = await download(alice, blobId)
  assert.equal(reply.status, 502)
  assert.equal(((await reply.json()) as { type: string }).type, 'blobMissing')
})

test('Blob/upload joins text, base64 and parts of blobs, its own creations included', async () => {
  const { accountId } = alice
  const { blobId } = await uploaded(alice, '0123456789')
  const [, reply] = await alice.call('Blob/upload', {
    accountId,
    create: {
      cat: { data: [{ 'data:asText': 'How ' }, { blobId: '#b4', offset: 4, length: 4 }], type: 'text/plain' },
      b4: { data: [{ 'data:asText': 'The quick' }] },
      mixed: { data: [{ blobId, offset: 8 }, { 'data:asBase64': 'AAEC' }, { blobId, length: 2 }] },
      empty: { data: [] },
    },
  })
  assert.equal(reply.notCreated, null, JSON.stringify(reply.notCreated))
  const created = reply.created as Record<string, { id: string; type: string | null; size: number }>
  assert.deepEqual([created.cat!.type, created.b4!.type, created.empty!.size], ['text/plain', null, 0])
  const text = async (id: string) => (await download(alice, id)).text()
  assert.equal(await text(created.cat!.id), 'How quic')
  assert.equal(await text(created.mixed!.id), '89\u0000\u0001\u000201')
})

test('Blob/upload refuses each faulty creation alone', async () => {
  const { accountId } = alice
  const { blobId } = await uploaded(alice, '0123456789')
  const [, reply] = await alice.call('Blob/upload', {
    accountId,
    create: {
      good: { data: [{ 'data:asText': 'x' }] },
      twoInOne: { data: [{ 'data:asText': 'x', 'data:asBase64': 'AA==' }] },
      none: { data: [{}] },
      notBase64: { data: [{ 'data:asBase64': 'A' }] },
      beyond: { data: [{ blobId, offset: 5, length: 6 }] },
      unknown: { data: [{ blobId: 'bnope' }] },
      more: { data: [], more: 1 },
      noData: {},
      many: { data: Array.from({ length: 65 }, () => ({ 'data:asText': '' })) },
    },
  })
  assert.deepEqual(Object.keys(reply.created as object), ['good'])
  const errors = Object.entries(reply.notCreated as Record<string, { type: string }>).map(([id, { type }]) => [
    id,
    type,
  ])
  assert.deepEqual(Object.fromEntries(errors), {
    twoInOne: 'invalidProperties',
    none: 'invalidProperties',
    notBase64: 'invalidProperties',
    beyond: 'invalidProperties',
    unknown: 'blobNotFound',
    more: 'invalidProperties',
    noData: 'invalidProperties',
    many: 'invalidProperties',
  })
})

test('Blob/get gives text where it is text, base64 where it is not, parts, digests and sizes', async () => {
  const { accountId } = alice
  const text = (await uploaded(alice, 'The quick brown fox')).blobId
  const binary = (await uploaded(alice, Buffer.from([0xff, 0x00]))).blobId
  const get = async (args: object) =>
    (await alice.call('Blob/get', { accountId, ...args }))[1] as { list: object[]; notFound: string[] }
  assert.deepEqual(await get({ ids: [text, 'bnope', text] }), {
    accountId,
    list: [{ id: text, 'data:asText': 'The quick brown fox', size: 19 }],
    notFound: ['bnope'],
  })
  assert.deepEqual((await get({ ids: [binary] })).list, [
    { id: binary, 'data:asBase64': '/wA=', size: 2, isEncodingProblem: true },
  ])
  assert.deepEqual((await get({ ids: [binary], properties: ['data:asText'] })).list, [
    { id: binary, 'data:asText': null, isEncodingProblem: true },
  ])
  assert.deepEqual(
    (await get({ ids: [text], offset: 4, length: 5, properties: ['data:asText', 'digest:sha-256', 'size'] })).list,
    [
      {
        id: text,
        'data:asText': 'quick',
        'digest:sha-256': createHash('sha256').update('quick').digest('base64'),
        size: 19,
      },
    ],
  )
  assert.deepEqual((await get({ ids: [text], offset: 16, length: 100, properties: ['data:asText'] })).list, [
    { id: text, 'data:asText': 'fox', isTruncated: true },
  ])
  const [name, error] = await alice.call('Blob/get', { accountId, ids: [text], properties: ['digest:md5'] })
  assert.deepEqual([name, error.type], ['error', 'invalidArguments'])
})

test('Blob/lookup knows the mail types and no other', async () => {
  const { accountId } = alice
  const { blobId } = await uploaded(alice, 'in no mail')
  const [, reply] = await alice.call('Blob/lookup', {
    accountId,
    typeNames: ['Email', 'Thread'],
    ids: [blobId, 'bnope'],
  })
  assert.deepEqual(reply.list, [{ id: blobId, matchedIds: { Email: [], Thread: [] } }])
  assert.deepEqual(reply.notFound, ['bnope'])
  const [, error] = await alice.call('Blob/lookup', { accountId, typeNames: ['CalendarEvent'], ids: [] })
  assert.equal(error.type, 'unknownDataType')
})

test('Blob/copy within the account keeps the id; there is no other account to copy from', async () => {
  const { accountId } = alice
  const { blobId } = await uploaded(alice, 'copy me')
  const [, reply] = await alice.call('Blob/copy', { fromAccountId: accountId, accountId, blobIds: [blobId, 'bnope'] })
  assert.deepEqual(reply.copied, { [blobId]: blobId })
  assert.deepEqual(reply.notCopied, { bnope: { type: 'notFound' } })
  const [, error] = await alice.call('Blob/copy', { fromAccountId: bob.accountId, accountId, blobIds: [] })
  assert.equal(error.type, 'fromAccountNotFound')
})

test('Quota/* tells what the mail server tells, and what changed of it', async () => {
  const { accountId } = alice
  const limit = 1_000_000
  node.mailStore.quotas = [
    { root: 'User quota', resource: 'octets', used: 500, limit },
    { root: 'User quota', resource: 'count', used: 3, limit: 100 },
  ]
  const [, got] = await alice.call('Quota/get', { accountId, ids: null })
  const [octets, count] = got.list as Record<string, unknown>[]
  assert.deepEqual(octets, {
    id: octets!.id,
    resourceType: 'octets',
    used: 500,
    hardLimit: limit,
    warnLimit: null,
    softLimit: null,
    scope: 'account',
    name: 'User quota',
    types: ['Email'],
    description: null,
  })
  const [, found] = await alice.call('Quota/query', {
    accountId,
    filter: { resourceType: 'count' },
    sort: [{ property: 'used' }],
    calculateTotal: true,
  })
  assert.deepEqual([found.ids, found.total, found.position], [[count!.id], 1, 0])
  const changes = async () => (await alice.call('Quota/changes', { accountId, sinceState: got.state }))[1]
  const none = await changes()
  assert.deepEqual([none.created, none.updated, none.destroyed, none.newState], [[], [], [], got.state])
  node.mailStore.quotas = [{ root: 'User quota', resource: 'octets', used: 600, limit }]
  const some = await changes()
  assert.deepEqual([some.updated, some.destroyed, some.updatedProperties], [[octets!.id], [count!.id], ['used']])
  const [, error] = await alice.call('Quota/changes', { accountId, sinceState: 'nonsense' })
  assert.equal(error.type, 'cannotCalculateChanges')
  const [, zero] = await alice.call('Quota/changes', { accountId, sinceState: got.state, maxChanges: 0 })
  assert.equal(zero.type, 'invalidArguments')
  const [, sort] = await alice.call('Quota/query', { accountId, sort: [{ property: 'scope' }] })
  assert.equal(sort.type, 'unsupportedSort')
  const [, filter] = await alice.call('Quota/query', { accountId, filter: { colour: 'red' } })
  assert.equal(filter.type, 'unsupportedFilter')
  node.mailStore.failNext('quota', new Failure('unavailable'))
  const [, down] = await alice.call('Quota/get', { accountId, ids: null })
  assert.equal(down.type, 'serverUnavailable')
  node.mailStore.quotas = []
})
