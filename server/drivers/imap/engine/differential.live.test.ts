// A second opinion: imapflow asks the same server the same, and both must have understood the same.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapFlow, type MessageStructureObject } from 'imapflow'
import type { BodyNode, FetchRow, SearchKey } from '#formats/imap/types.ts'
import { appendAll, connectTo } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fetchBody, fetchRows } from './commands/fetch.ts'
import { createMailbox, listMailboxes, setSubscribed, statusOf } from './commands/mailboxes.ts'
import { searchMessages } from './commands/search.ts'
import { selectMailbox } from './commands/select.ts'
import type { Connection } from './types.ts'

const COUNT = 200
let dovecot: DovecotServer
let ours: Connection
let theirs: ImapFlow
before(async () => {
  dovecot = await startDovecot()
  ours = await connectTo(dovecot)
  await appendAll(ours, 'INBOX', sampleMessages(COUNT))
  for (const name of ['Bäume', 'a & b', 'a & b/c "d" \\ e', 'INBOX/sub', '日本語', '&-&'])
    await createMailbox(ours, name)
  await setSubscribed(ours, 'Bäume', true)
  theirs = new ImapFlow({
    host: dovecot.host,
    port: dovecot.imapsPort,
    secure: true,
    auth: { user: 'alice@example.test', pass: 'demo' },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await theirs.connect()
  await theirs.mailboxOpen('INBOX')
  await selectMailbox(ours, 'INBOX')
})
after(async () => {
  await ours?.close()
  await theirs?.logout()
  await dovecot?.stop()
})

interface Plain {
  readonly part: string
  readonly type: string
  readonly size: number
  readonly encoding: string
  readonly parameters: unknown
  readonly disposition: string | null
  readonly children: readonly Plain[]
}
const ofOurs = (node: BodyNode): Plain => ({
  part: node.section,
  type: node.type,
  size: node.size,
  encoding: node.encoding,
  parameters: Object.keys(node.parameters)
    .map((name) => name.replace(/\*.*/, ''))
    .sort(),
  disposition: node.disposition?.type ?? null,
  children: node.children.map(ofOurs),
})
const ofTheirs = (node: MessageStructureObject, isRoot: boolean): Plain => {
  // imapflow looks into message/rfc822; for us that is a leaf.
  const children = node.type === 'message/rfc822' ? [] : (node.childNodes ?? [])
  return {
    part: node.part ?? (isRoot && children.length === 0 ? '1' : ''),
    type: node.type,
    size: node.size ?? 0,
    encoding: node.encoding ?? '7bit',
    // It joins RFC 2231 values, we leave them as they are: compared by name.
    parameters: Object.keys(node.parameters ?? {}).sort(),
    disposition: node.disposition ?? null,
    children: children.map((child) => ofTheirs(child, false)),
  }
}

test('both read the same rows: uid, flags, size, date, modseq, headers, structure', async () => {
  const rows = new Map<number, FetchRow>()
  const items = {
    flags: true,
    size: true,
    internalDate: true,
    modseq: true,
    structure: true,
    headers: ['Subject', 'References'],
  }
  await fetchRows(ours, { items }, (row) => rows.set(row.uid, row))
  let compared = 0
  const query = {
    uid: true,
    flags: true,
    size: true,
    internalDate: true,
    bodyStructure: true,
    headers: ['Subject', 'References'],
  }
  for await (const message of theirs.fetch('1:*', query)) {
    const row = rows.get(message.uid)
    assert.ok(row && message.bodyStructure && message.internalDate)
    // Given to the session that saw it first alone (RFC 3501 §2.3.2).
    const flags = new Set(message.flags).difference(new Set(['\\Recent']))
    assert.deepEqual(new Set(row.flags).difference(new Set(['\\Recent'])), flags)
    assert.equal(row.seq, message.seq)
    assert.equal(row.size, message.size)
    assert.equal(row.internalDate, new Date(message.internalDate).getTime())
    assert.equal(row.modseq, message.modseq)
    assert.deepEqual(row.headers, message.headers)
    assert.deepEqual(ofOurs(row.structure as BodyNode), ofTheirs(message.bodyStructure, true))
    compared++
  }
  assert.deepEqual([compared, rows.size], [COUNT, COUNT])
})

test('both list the same mailboxes with the same counts', async () => {
  const list = await listMailboxes(ours, { status: true })
  const others = await theirs.list({ statusQuery: { messages: true, unseen: true, uidNext: true } })
  assert.deepEqual(list.map(({ name }) => name).sort(), others.map(({ path }) => path).sort())
  for (const other of others) {
    const one = list.find(({ name }) => name === other.path)
    // imapflow calls INBOX subscribed whatever the server says.
    if (other.path !== 'INBOX') assert.equal(one?.isSubscribed, other.subscribed ?? false, other.path)
    assert.equal(one?.delimiter, other.delimiter)
    assert.equal(one?.status?.messages, other.status?.messages)
    assert.equal(one?.status?.unseen, other.status?.unseen)
    assert.equal((await statusOf(ours, other.path)).uidNext, other.status?.uidNext)
  }
})

const questions: readonly (readonly [string, SearchKey, Parameters<ImapFlow['search']>[0]])[] = [
  ['all', 'ALL', { all: true }],
  ['seen', 'SEEN', { seen: true }],
  ['not flagged', { not: 'FLAGGED' }, { flagged: false }],
  ['a subject not in ASCII', { in: 'SUBJECT', text: 'Grüße' }, { subject: 'Grüße' }],
  ['a sender', { in: 'FROM', text: 's3@example.test' }, { from: 's3@example.test' }],
  ['a body with braces', { in: 'BODY', text: '{5}' }, { body: '{5}' }],
  ['a header with quotes', { header: 'Message-ID', text: '<m7@' }, { header: { 'Message-ID': '<m7@' } }],
  ['larger', { larger: 1000 }, { larger: 1000 }],
  ['a keyword', { keyword: '$Forwarded' }, { keyword: '$Forwarded' }],
  ['since', { date: 'SINCE', at: Date.UTC(2020, 0, 3) }, { since: new Date(Date.UTC(2020, 0, 3)) }],
  ['either', { or: ['SEEN', 'FLAGGED'] }, { or: [{ seen: true }, { flagged: true }] }],
]
for (const [what, criteria, query] of questions) {
  test(`both find the same for: ${what}`, async () => {
    const { uids, count } = await searchMessages(ours, { criteria })
    const others = await theirs.search(query, { uid: true })
    assert.deepEqual([...uids], others)
    assert.equal(count, uids.length)
    assert.ok(count > 0)
  })
}

test('both download the same octets', async () => {
  for (const uid of [1, 2, 3, 4, 5]) {
    const { body } = await fetchBody(ours, { uid, section: '' })
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    const other = await theirs.fetchOne(`${uid}`, { source: true }, { uid: true })
    assert.ok(other)
    assert.deepEqual(Buffer.concat(chunks), other.source)
    assert.deepEqual(Buffer.concat(chunks), sampleMessages(COUNT)[uid - 1]?.raw)
  }
})
