// The mail store alone over a real Dovecot: what it costs to build the index, to keep it, to start from its snapshot, and how many IMAP
// commands each action of a webmail sends. `node bench/mail-store.ts [messages]`.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { openImapMailStore } from '#drivers/imap/index.ts'
import type { EmailQuery, MailLogin } from '#ports/mail-store.ts'
import { openMemoryMailState, openMemorySnapshots } from '#testing/memory-mail-state.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox, type NewMail } from '#testing/servers/fill-mailbox.ts'

const messages = Number(process.argv[2] ?? 100_000)
const username = 'alice@example.test'
const dovecot = await startDovecot({ users: { [username]: 'demo' } })
let commands: string[] = []
/** Counts what goes over the wire, whatever the driver believes. */
const proxy = createServer((client) => {
  const server = connect(dovecot.imapPort, dovecot.host)
  client.on('data', (data) => {
    for (const [, name] of data.toString('latin1').matchAll(/^[A-Z]+\d+ ((?:UID )?[A-Z]+)/gm)) commands.push(name ?? '')
  })
  client.pipe(server).pipe(client)
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
}).listen(0, '127.0.0.1')
await once(proxy, 'listening')
const address = proxy.address()
const port = typeof address === 'object' ? (address?.port ?? 0) : 0

function* corpus(): Generator<NewMail> {
  for (let n = 0; n < messages; n++) {
    const root = n - (n % 5)
    const references = n === root ? '' : `References: <${root}@bench.test>\r\n`
    const raw = Buffer.from(
      `From: Sender ${n % 500} <s${n % 500}@bench.test>\r\nTo: ${username}\r\nSubject: Message ${n} of topic ${root}\r\n` +
        `Date: ${new Date(1_600_000_000_000 + n * 60_000).toUTCString()}\r\nMessage-ID: <${n}@bench.test>\r\n${references}\r\nText ${n}.\r\n`,
    )
    yield { folder: 'INBOX', flags: n % 3 ? ['\\Seen'] : [], date: new Date(1_600_000_000_000 + n * 60_000), raw }
  }
}
const filling = performance.now()
await fillMailbox({ port: dovecot.imapPort, username, password: 'demo' }, [...corpus()], () => {})
console.log(`filled ${messages} in ${Math.round(performance.now() - filling)} ms`)

const state = openMemoryMailState()
const snapshots = openMemorySnapshots()
const open = () => openImapMailStore({ state, snapshots, log: silentLog, clock: systemClock })
const login: MailLogin = {
  account: 'bench',
  server: { host: '127.0.0.1', port, tls: 'none' },
  credential: { kind: 'password', username, password: 'demo' },
}
const signal = () => AbortSignal.timeout(120_000)
async function timed<T>(name: string, work: () => Promise<T>, repeat = 1): Promise<T> {
  commands = []
  const times: number[] = []
  let result: T | undefined
  for (let n = 0; n < repeat; n++) {
    const start = performance.now()
    result = await work()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const median = times[times.length >> 1] ?? 0
  const each = commands.length / repeat
  const kinds = [...Map.groupBy(commands, (one) => one)]
    .map(([kind, list]) => `${kind}×${list.length / repeat}`)
    .join(' ')
  console.log(
    `${name.padEnd(46)} ${median.toFixed(2).padStart(9)} ms  ${each} commands  ${repeat > 3 || each < 20 ? kinds : ''}`,
  )
  return result as T
}

const cold = open()
const account = cold.account(login)
const boxes = await timed('cold: sign in, mailboxes', () => account.mailboxes({ threads: false }, signal()))
const inbox = boxes.list.find((mailbox) => mailbox.role === 'inbox')?.id ?? ''
const trash = boxes.list.find((mailbox) => mailbox.role === 'trash')?.id ?? ''
const page: EmailQuery = {
  filter: { inMailbox: inbox },
  sort: [{ property: 'receivedAt', isAscending: false }],
  collapseThreads: true,
  position: 0,
  anchor: null,
  anchorOffset: 0,
  limit: 50,
  calculateTotal: false,
}
const needs = { listHeaders: true, structure: true, preview: true }
const list = async (query: EmailQuery) => {
  const request = signal()
  return await account.rows((await account.query(query, request)).ids, needs, request)
}
await timed('cold: newest 50 threads with rows', () => list(page))
globalThis.gc?.()
const before = process.memoryUsage()
await timed('index of the whole account', () => account.query({ ...page, calculateTotal: true }, signal()))
globalThis.gc?.()
const after = process.memoryUsage()
const grown = after.arrayBuffers - before.arrayBuffers
console.log(`  array buffers grew by ${(grown / messages).toFixed(1)} octets a message`)
const rows = await timed('warm: newest 50 threads with rows', () => list(page), 50)
await timed('warm: page at the end', () => list({ ...page, position: Math.floor(messages / 5) - 60 }), 20)
await timed(
  'warm: unread, with total',
  () => account.query({ ...page, filter: { inMailbox: inbox, notKeyword: '$seen' }, calculateTotal: true }, signal()),
  20,
)
await timed('search by subject', () => account.query({ ...page, filter: { subject: 'topic 500' } }, signal()), 3)
await timed('sort by subject', () =>
  account.query({ ...page, sort: [{ property: 'subject' }], collapseThreads: false }, signal()),
)
await timed('thread of a message', () => account.threads([rows[0]?.threadId ?? ''], signal()), 20)
const ids = rows.map((row) => row.id)
let on = false
await timed(
  'flag, and the new state',
  async () => {
    on = !on
    const request = signal()
    await account.emailState(request)
    const what = on ? { addKeywords: ['$flagged'] } : { removeKeywords: ['$flagged'] }
    await account.change([{ id: ids[0] ?? '', ...what }], request)
    return await account.emailState(request)
  },
  20,
)
const since = await account.emailState(signal())
await timed('move 20 to trash, and the new state', async () => {
  const request = signal()
  await account.change(
    ids.slice(0, 20).map((id) => ({ id, addMailboxes: [trash], removeMailboxes: [inbox] })),
    request,
  )
  return await account.emailState(request)
})
await timed('changes since before', () => account.emailChanges(since, null, signal()))
await timed('sort and list again after the change', () => list(page))
await timed('mailboxes with thread counts', () => account.mailboxes({ threads: true }, signal()), 5)
await cold.close()
const [snapshot] = [...snapshots.kept.values()]
console.log(`snapshot ${((snapshot?.length ?? 0) / messages).toFixed(1)} octets a message`)
const warm = open()
const again = warm.account(login)
await timed('another node: list from the snapshot', () => again.query({ ...page, calculateTotal: true }, signal()))
await timed('another node: changes since before the move', () => again.emailChanges(since, null, signal()))
await warm.close()
proxy.close()
await dovecot.stop()
