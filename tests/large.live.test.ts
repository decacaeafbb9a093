// Large is normal (a mailbox of many messages, 500 folders, a 50 MB message, 200 accounts at once): a whole node over a Dovecot,
// and between them a proxy that counts what is said. Bounds are bytes, commands, connections and memory; none is a time of this machine.

import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'
import { SMTPServer } from 'smtp-server'
import { eventually } from '#testing/eventually.ts'
import { risenBytes } from '#testing/memory.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox, type NewMail } from '#testing/servers/fill-mailbox.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { type CountingProxy, startCountingProxy } from '../bench/counting-proxy.ts'
import { largeMailbox } from '../bench/mail.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
type Answer = any
type Call = readonly [name: string, args: Readonly<Record<string, unknown>>]

const MESSAGES = 20_000
const FOLDERS = 500
const PEOPLE = 200
const MAX_CONNECTIONS = 60
const MAX_UPLOAD = 25_000_000
const ATTACHMENT_BYTES = 37_000_000
const MEGABYTE = 1_000_000
const password = 'demo'
const [big, wide, heavy, watched] = ['big', 'wide', 'heavy', 'watched'].map((name) => `${name}@example.test`) as [
  string,
  string,
  string,
  string,
]
const people = Array.from({ length: PEOPLE }, (_, n) => `person${n}@example.test`)
/** What a row of a list shows. */
const properties = [
  'id',
  'blobId',
  'threadId',
  'mailboxIds',
  'keywords',
  'size',
  'receivedAt',
  'from',
  'to',
  'subject',
  'hasAttachment',
  'preview',
]
const newestFirst = [{ property: 'receivedAt', isAscending: false }]

let folder: string
let dovecot: DovecotServer
let proxy: CountingProxy
let smtp: SMTPServer
let node: WholeNode
/** SHA-256 of each message that the submission server took. */
const submitted: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paquebot-large-'))
  await chmod(folder, 0o755) // Dovecot's users read from it.
  const users = Object.fromEntries([big, wide, heavy, watched, ...people].map((address) => [address, password]))
  dovecot = await startDovecot({ users, extraConfig: 'mail_fsync = never' })
  proxy = await startCountingProxy(dovecot.imapPort)
  smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(null, { user: heavy }),
    onData(stream, _session, done) {
      const hash = createHash('sha256')
      stream.on('data', (chunk: Buffer) => hash.update(chunk))
      stream.on('end', () => {
        submitted.push(hash.digest('hex'))
        done()
      })
    },
  })
  smtp.listen(0, '127.0.0.1')
  await once(smtp.server, 'listening')
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: proxy.port,
    smtpPort: (smtp.server.address() as AddressInfo).port,
    config: {
      imap: { connectionsPerNode: MAX_CONNECTIONS },
      upload: { maxSize: MAX_UPLOAD },
      submission: { undo: 0 },
    },
  })
})
after(async () => {
  await node?.stop()
  await proxy?.close()
  if (smtp) await new Promise<void>((done) => smtp.close(done))
  await dovecot?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The answers to all these calls, in one request. */
async function ask(client: TestClient, ...calls: readonly Call[]): Promise<Answer[]> {
  const { body } = await client.request({
    using: ['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`),
    methodCalls: calls.map(([name, args], n) => [name, { accountId: client.accountId, ...args }, `c${n}`]),
  })
  const responses = body.methodResponses as [string, Answer, string][]
  for (const [name, result] of responses) assert.notEqual(name, 'error', JSON.stringify(result))
  return responses.map(([, result]) => result)
}

async function mailboxes(client: TestClient): Promise<Record<string, string>> {
  const [{ list }] = await ask(client, ['Mailbox/get', { ids: null, properties: ['role', 'name'] }])
  return Object.fromEntries(list.map((one: Answer) => [one.role ?? one.name, one.id]))
}

/** A window of a list with all that its rows show, in one request (RFC 8621 §4.10). */
const windowOf = (query: Record<string, unknown>): Call[] => [
  ['Email/query', { sort: newestFirst, limit: 50, ...query }],
  ['Email/get', { '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' }, properties }],
]

const small = (n: number) =>
  Buffer.from(
    `From: a@x.test\r\nTo: b@x.test\r\nSubject: number ${n}\r\nMessage-ID: <${n}@x.test>\r\n\r\nShort text ${n}\r\n`,
  )

/** The same octets on every call, such as no compression makes smaller, in pieces. */
function* noise(bytes: number): Generator<Buffer> {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  const piece = Buffer.alloc(57 * 1024) // 57 octets are a line of base64.
  for (let left = bytes; left > 0; left -= piece.length) yield stream.update(piece.subarray(0, left))
}

function* slice(pieces: Iterable<Buffer>, from: number, to: number): Generator<Buffer> {
  let at = 0
  for (const piece of pieces) {
    yield piece.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += piece.length
  }
}

function sha256(pieces: Iterable<Buffer>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

async function sha256Of(reply: Response): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) hash.update(chunk)
  return hash.digest('hex')
}

// First: what later tests leave behind as free memory would hide what this one takes.
test('a message of 50 MB is opened, its attachment read whole and in part, and sent on, and is never in memory', async (t) => {
  const path = join(folder, 'heavy.eml')
  const file = createWriteStream(path)
  file.write(
    'From: a@x.test\r\nTo: heavy@example.test\r\nSubject: heavy\r\nMessage-ID: <heavy@x.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=frontier\r\n\r\n--frontier\r\nContent-Type: text/plain\r\n\r\nThe plans are attached.\r\n--frontier\r\nContent-Type: application/zip; name=plans.zip\r\nContent-Disposition: attachment; filename=plans.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  )
  for (const piece of noise(ATTACHMENT_BYTES)) {
    if (!file.write(piece.toString('base64').replace(/.{1,76}/g, '$&\r\n'))) await once(file, 'drain')
  }
  file.end('--frontier--\r\n')
  await finished(file)
  await dovecot.doveadm('save', '-u', heavy, '-m', 'INBOX', path)
  const wholeHash = sha256(noise(ATTACHMENT_BYTES))
  const [from, to] = [20_000_000, 21_000_001]
  const partHash = sha256(slice(noise(ATTACHMENT_BYTES), from, to))
  const client = await signIn(node, heavy, password)
  const { inbox, drafts, sent } = await mailboxes(client)

  let attachment: Answer
  const opening = await risenBytes(async () => {
    const [{ ids }] = await ask(client, ['Email/query', { filter: { inMailbox: inbox } }])
    proxy.take()
    const [{ list }] = await ask(client, [
      'Email/get',
      { ids, properties: ['size', 'textBody', 'attachments', 'bodyValues'], fetchAllBodyValues: true },
    ])
    assert.ok(list[0].size > 50 * MEGABYTE)
    assert.match(list[0].bodyValues[list[0].textBody[0].partId].value, /^The plans are attached\.\s*$/)
    attachment = list[0].attachments[0]
  })
  t.diagnostic(`opening: ${proxy.take().bytesDown} octets from IMAP, memory rose by ${mb(opening)} MB`)

  const url = `/jmap/download/${client.accountId}/${attachment.blobId}/plans.zip`
  const reading = await risenBytes(async () => {
    const whole = await client.fetch(url)
    assert.equal(Number(whole.headers.get('content-length')), ATTACHMENT_BYTES)
    assert.equal(await sha256Of(whole), wholeHash)
    const part = await client.fetch(url, { headers: { range: `bytes=${from}-${to - 1}` } })
    assert.equal(part.status, 206)
    assert.equal(await sha256Of(part), partHash)
  })
  t.diagnostic(`reading: memory rose by ${mb(reading)} MB`)

  const [{ list: identities }] = await ask(client, ['Identity/get', { ids: null }])
  const sending = await risenBytes(async () => {
    const email = {
      mailboxIds: { [drafts as string]: true },
      keywords: { $draft: true, $seen: true },
      from: [{ email: heavy }],
      to: [{ email: 'b@elsewhere.test' }],
      subject: 'Fwd: heavy',
      bodyValues: { t: { value: 'See below.' } },
      textBody: [{ partId: 't', type: 'text/plain' }],
      attachments: [{ blobId: attachment.blobId, type: 'application/zip', name: 'plans.zip' }],
    }
    const [made, submission] = await ask(
      client,
      ['Email/set', { create: { e: email } }],
      [
        'EmailSubmission/set',
        {
          create: { s: { identityId: identities[0].id, emailId: '#e' } },
          onSuccessUpdateEmail: {
            '#s': {
              [`mailboxIds/${drafts}`]: null,
              [`mailboxIds/${sent}`]: true,
              'keywords/$draft': null,
            },
          },
        },
      ],
    )
    assert.ok(made.created?.e, JSON.stringify(made))
    assert.ok(submission.created?.s, JSON.stringify(submission))
    for (let waited = 0; submitted.length === 0 && waited < 20_000; waited += 50) await sleep(50)
  })
  t.diagnostic(`sending: memory rose by ${mb(sending)} MB`)
  const [, copies] = await ask(
    client,
    ['Email/query', { filter: { inMailbox: sent } }],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' },
        properties: ['blobId', 'attachments'],
      },
    ],
  )
  const [copy] = copies.list
  const bytesOf = async (blobId: string) =>
    sha256Of(await client.fetch(`/jmap/download/${client.accountId}/${blobId}/x`))
  assert.deepEqual(submitted, [await bytesOf(copy.blobId)])
  assert.equal(await bytesOf(copy.attachments[0].blobId), wholeHash)
  for (const [what, risen] of Object.entries({ opening, reading, sending }))
    assert.ok(risen < 20 * MEGABYTE, `${what}: memory rose by ${mb(risen)} MB`)
})

test('an upload of the announced limit passes, one octet more is refused by that limit, and neither is in memory', async (t) => {
  const client = await signIn(node, heavy, password)
  const session = (await (await client.fetch('/jmap/session')).json()) as Answer
  assert.equal(session.capabilities['urn:ietf:params:jmap:core'].maxSizeUpload, MAX_UPLOAD)
  const hash = sha256(noise(MAX_UPLOAD))
  const put = (bytes: number) =>
    client.fetch(`/jmap/upload/${client.accountId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/zip' },
      body: Readable.toWeb(Readable.from(noise(bytes))) as ReadableStream,
      duplex: 'half',
    } as RequestInit)
  const risen = await risenBytes(async () => {
    const taken = await put(MAX_UPLOAD)
    assert.equal(taken.status, 201)
    const { blobId, size } = (await taken.json()) as Answer
    assert.equal(size, MAX_UPLOAD)
    const reply = await client.fetch(`/jmap/download/${client.accountId}/${blobId}/x`)
    assert.equal(await sha256Of(reply), hash)
    const refused = await put(MAX_UPLOAD + 1)
    assert.equal(refused.status, 413)
    // RFC 8620 §3.6.1.
    const { type, limit } = (await refused.json()) as Answer
    assert.deepEqual([type, limit], ['urn:ietf:params:jmap:error:limit', 'maxSizeUpload'])
  })
  t.diagnostic(`memory rose by ${mb(risen)} MB`)
  assert.ok(risen < 20 * MEGABYTE, `memory rose by ${mb(risen)} MB`)
})

test('the first screen of a large mailbox is read without the mailbox; deep pages, conversations and totals are right', async (t) => {
  const now = Date.UTC(2026, 9, 1)
  let batch: NewMail[] = []
  const target = { port: dovecot.imapPort, username: big, password }
  const put = async () => fillMailbox(target, batch.splice(0), () => {})
  let messages = 0
  for (const mail of largeMailbox(MESSAGES, MESSAGES / 20, now)) {
    if (mail.folder === 'INBOX') messages++
    batch.push(mail)
    if (batch.length === 4000) await put()
  }
  await put()
  batch = []

  const client = await signIn(node, big, password)
  const { inbox } = await mailboxes(client)
  const filter = { inMailbox: inbox }
  const perConnection = 150_000
  proxy.take()
  // No connection may say more than this: who waited for the index would wait for ever.
  proxy.setAllowance(perConnection)
  let first: Answer[]
  try {
    first = await ask(client, ...windowOf({ filter, calculateTotal: true }))
  } finally {
    const { bytesDown, commands } = proxy.take()
    t.diagnostic(`first screen: ${bytesDown} octets, ${JSON.stringify(commands)}`)
    proxy.setAllowance(null)
    assert.ok(bytesDown < 300_000, `${bytesDown} octets`)
  }
  const [page, rows] = first
  assert.equal(page.total, messages)
  assert.equal(page.ids.length, 50)
  assert.deepEqual(
    rows.list.map((row: Answer) => row.id),
    page.ids,
  )

  const [all] = await ask(client, ['Email/query', { filter, sort: newestFirst, limit: 500, calculateTotal: true }])
  assert.deepEqual(all.ids.slice(0, 50), page.ids)
  assert.equal(all.total, messages)
  // Once all of it is in the index, a page of it costs no reading; other mailboxes are read into the index after it.
  let deep: Answer
  let deepRows: Answer
  await eventually(
    async () => {
      await quiet()
      ;[deep, deepRows] = await ask(client, ...windowOf({ filter, position: messages - 30 }))
      const { bytesDown, commands } = proxy.take()
      t.diagnostic(`deep page: ${bytesDown} octets, ${JSON.stringify(commands)}`)
      return bytesDown
    },
    (bytesDown) => bytesDown < 100_000,
    'a deep page goes on reading the folder',
  )
  assert.equal(deep.ids.length, 30)
  const dates = deepRows.list.map((row: Answer) => row.receivedAt)
  assert.deepEqual(dates, dates.toSorted().reverse())
  assert.ok(dates[0] < rows.list.at(-1).receivedAt)

  const [conversations] = await ask(client, [
    'Email/query',
    { filter, sort: newestFirst, limit: 1000, collapseThreads: true, calculateTotal: true },
  ])
  const [{ list: threads }] = await ask(client, ['Email/get', { ids: conversations.ids, properties: ['threadId'] }])
  assert.equal(new Set(threads.map((row: Answer) => row.threadId)).size, 1000)
  // RFC 8620 §5.5: the total counts the list that is asked for, each conversation once.
  const [{ list: counted }] = await ask(client, ['Mailbox/get', { ids: [inbox] }])
  assert.equal(conversations.total, counted[0].totalThreads)
  assert.ok(conversations.total < messages)
})

test('500 folders with their counts cost a handful of IMAP commands', async (t) => {
  const names = Array.from({ length: FOLDERS }, (_, n) => `Folder ${n % 25}/Sub ${n}`)
  const mails = names.map((name, n) => ({ folder: name, flags: [], date: new Date(0), raw: small(n) }))
  await fillMailbox({ port: dovecot.imapPort, username: wide, password }, mails, () => {})
  const client = await signIn(node, wide, password)
  const get: Call = ['Mailbox/get', { ids: null, properties: ['name', 'parentId', 'totalEmails', 'unreadEmails'] }]
  for (const when of ['first', 'again']) {
    proxy.take()
    const [{ list }] = await ask(client, get)
    const { commands, bytesDown } = proxy.take()
    t.diagnostic(`${when}: ${bytesDown} octets, ${JSON.stringify(commands)}`)
    const subs = list.filter((one: Answer) => one.name.startsWith('Sub '))
    assert.equal(subs.length, FOLDERS)
    assert.ok(subs.every((one: Answer) => one.totalEmails === 1 && one.unreadEmails === 1 && one.parentId !== null))
    // With what is read into the index meanwhile: nothing is asked folder by folder.
    const count = Object.values(commands).reduce((sum, one) => sum + one, 0)
    assert.ok(count <= 20, JSON.stringify(commands))
    await quiet() // What is read into the index behind the answer.
  }
})

test('200 accounts sign in and read at once, over no more connections than the node may have', async (t) => {
  proxy.take()
  const read = async (address: string, n: number) => {
    const client = await signIn(node, address, password)
    const { inbox } = await mailboxes(client)
    const [page] = await ask(client, ...windowOf({ filter: { inMailbox: inbox }, calculateTotal: true }))
    return { n, client, total: page.total }
  }
  const results = await Promise.all(people.map(read))
  assert.equal(results.length, PEOPLE)
  assert.ok(results.every(({ total }) => total === 0))
  const again = await Promise.all(results.map(({ client }) => mailboxes(client)))
  assert.ok(again.every(({ inbox }) => inbox !== undefined))
  const { mostConnections } = proxy.take()
  t.diagnostic(`${mostConnections} connections at most`)
  // One that has logged out is seen for a moment longer.
  assert.ok(mostConnections <= MAX_CONNECTIONS + 2, `${mostConnections} connections`)
})

test('mail and flags of another client are pushed within two seconds', async (t) => {
  const client = await signIn(node, watched, password)
  const other = new ImapFlow({
    host: dovecot.host,
    port: dovecot.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: watched, pass: password },
    logger: false,
  })
  await other.connect()
  const ending = new AbortController()
  const reply = await client.fetch('/jmap/events?types=*&closeafter=no&ping=0', { signal: ending.signal })
  const events = eventsOf(reply)
  try {
    const lock = await other.getMailboxLock('INBOX')
    const [{ state }] = await ask(client, ['Email/get', { ids: [] }])
    await sleep(500) // The watch is at the server by now.
    const acts: readonly [string, () => Promise<unknown>][] = [
      ['APPEND', () => other.append('INBOX', small(1))],
      ['STORE', () => other.messageFlagsAdd('1', ['\\Flagged'])],
    ]
    let since = state
    for (const [name, act] of acts) {
      const from = performance.now()
      await act()
      since = await events.emailStateAfter(since)
      t.diagnostic(`${name}: pushed after ${Math.round(performance.now() - from)} ms`)
    }
    lock.release()
    const [{ created, updated }] = await ask(client, ['Email/changes', { sinceState: state }])
    assert.deepEqual([created.length, updated.length], [1, 0])
  } finally {
    ending.abort()
    await other.logout()
  }
})

test('a node that stops leaves no connection behind', async () => {
  await node.stop()
  for (let waited = 0; proxy.connections() > 0 && waited < 5_000; waited += 50) await sleep(50)
  assert.equal(proxy.connections(), 0)
})

/** Until nothing was said for a while. */
async function quiet(): Promise<void> {
  let spoken: { readonly bytesUp: number; readonly bytesDown: number }
  do {
    proxy.take()
    await sleep(300)
    spoken = proxy.take()
  } while (spoken.bytesUp + spoken.bytesDown > 0)
}

const mb = (bytes: number): string => (bytes / MEGABYTE).toFixed(1)

/** Reads an event stream (RFC 8620 §7.3). */
function eventsOf(reply: Response) {
  const chunks = (reply.body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** The first pushed that is another. Fails after the two seconds that are promised and what a busy machine adds. */
    async emailStateAfter(since: string): Promise<string> {
      const late = sleep(6_000, 'late' as const)
      for (;;) {
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const event = text.slice(0, end)
          text = text.slice(end + 2)
          const data = /^data: ?(.*)$/m.exec(event)?.[1]
          const [changed] = Object.values((data ? JSON.parse(data).changed : null) ?? {}) as Answer[]
          if (changed?.Email && changed.Email !== since) return changed.Email
        }
        const next = await Promise.race([chunks.next(), late])
        assert.ok(next !== 'late' && !next.done, 'no event came')
        text += decoder.decode(next.value, { stream: true })
      }
    },
  }
}
