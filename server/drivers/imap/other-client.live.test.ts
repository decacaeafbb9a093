// Another client at work on the same mail, and the large: what the contract suite, which sees only us, cannot ask.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { MailAccount, MailLogin, MailStore } from '#ports/mail-store.ts'
import { addMessage, allOf, inboxOf, soon } from '#testing/mail-store-harness.ts'
import { openMemoryMailState, openMemorySnapshots } from '#testing/memory-mail-state.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { openImapMailStore } from './index.ts'

const username = 'alice@example.test'
let dovecot: DovecotServer
const state = openMemoryMailState()
const snapshots = openMemorySnapshots()
const open = () => openImapMailStore({ state, snapshots, log: silentLog, clock: systemClock })
let store: MailStore
let account: MailAccount
let client: ImapFlow
let login: MailLogin

before(async () => {
  dovecot = await startDovecot({ users: { [username]: 'demo' } })
  store = open()
  login = {
    account: username,
    server: { host: dovecot.host, port: dovecot.imapPort, tls: 'none' },
    credential: { kind: 'password', username, password: 'demo' },
  }
  account = store.account(login)
  client = new ImapFlow({
    host: dovecot.host,
    port: dovecot.imapPort,
    secure: false,
    tls: { rejectUnauthorized: false },
    auth: { user: username, pass: 'demo' },
    logger: false,
  })
  await client.connect()
})
after(async () => {
  await client.logout()
  await store.close()
  await dovecot.stop()
})

const raw = (n: number) => `From: a@x.test\r\nSubject: number ${n}\r\nMessage-ID: <${n}@x.test>\r\n\r\ntext\r\n`

test('flags, moves, expunges and arrivals by another client are seen, and a moved message keeps its id', async () => {
  const inbox = await inboxOf(account)
  const rows = []
  for (let n = 0; n < 4; n++) rows.push(await addMessage(account, [inbox], raw(n)))
  const [flagged, moved, expunged] = rows.map((row) => row.id)
  const state = await account.emailState(soon())
  const lock = await client.getMailboxLock('INBOX')
  await client.messageFlagsAdd('1', ['\\Flagged', 'FromOutside'])
  await client.messageMove('2', 'Archive')
  await client.messageDelete('2')
  await client.append('INBOX', raw(99))
  lock.release()
  const changes = await account.emailChanges(state, null, soon())
  assert.deepEqual(new Set(changes.updated), new Set([flagged, moved]))
  assert.deepEqual(changes.destroyed, [expunged])
  assert.equal(changes.created.length, 1)
  const { list } = await account.mailboxes({ threads: true }, soon())
  const archive = list.find((mailbox) => mailbox.role === 'archive')
  const [row] = await account.rows([moved as string], {}, soon())
  assert.deepEqual(row?.mailboxIds, [archive?.id])
  const [first] = await account.rows([flagged as string], {}, soon())
  assert.deepEqual(first?.keywords, ['$flagged', 'fromoutside'])
})

test('a flag of another client between our last look and our own flag is not passed over', async () => {
  const inbox = await inboxOf(account)
  const ours = await addMessage(account, [inbox], raw(101))
  const theirs = await addMessage(account, [inbox], raw(102))
  const before = await account.emailState(soon())
  const lock = await client.getMailboxLock('INBOX')
  await client.noop()
  const found = await client.search({ header: { 'Message-ID': '<102@x.test>' } })
  // One request: what was looked at in it is not looked at again.
  const signal = soon()
  await account.rows([ours.id], {}, signal)
  await client.messageFlagsAdd(found as number[], ['\\Flagged'])
  lock.release()
  const fates = await account.change([{ id: ours.id, addKeywords: ['$seen'] }], signal)
  assert.equal(fates.get(ours.id), null)
  const { updated } = await account.emailChanges(before, null, signal)
  assert.deepEqual([...updated].sort(), [ours.id, theirs.id].sort())
  await account.destroy([ours.id, theirs.id], soon())
})

test('a listener hears of another client within two seconds', async () => {
  const heard = Promise.withResolvers<number>()
  let startedAt = 0
  const stop = account.watch((types) => {
    if (startedAt > 0 && types.includes('EmailDelivery')) heard.resolve(performance.now() - startedAt)
  })
  await new Promise((resolve) => setTimeout(resolve, 700))
  startedAt = performance.now()
  await client.append('INBOX', raw(100))
  assert.ok((await heard.promise) < 2000)
  stop()
})

test('a mailbox that another client made, renamed and deleted comes, changes and goes', async () => {
  const { state } = await account.mailboxes({ threads: false }, soon())
  await client.mailboxCreate('Foreign')
  const made = await account.mailboxChanges(state, null, soon())
  assert.equal(made.created.length, 1)
  await client.mailboxDelete('Foreign')
  const gone = await account.mailboxChanges(made.newState, null, soon())
  assert.deepEqual(gone.destroyed, made.created)
})

test('a node that starts from the snapshot of another answers changes from before it started, and finds what came since', async () => {
  const inbox = await inboxOf(account)
  const filling = await client.getMailboxLock('INBOX')
  for (let n = 1000; n < 2100; n++) await client.append('INBOX', raw(n))
  filling.release()
  const first = open()
  const before = first.account(login)
  const { ids } = await before.query({ ...allOf, filter: { inMailbox: inbox } }, soon())
  const state = await before.emailState(soon())
  await first.close()
  assert.equal(snapshots.kept.size, 1)
  const lock = await client.getMailboxLock('INBOX')
  await client.messageDelete('*')
  lock.release()
  const second = open()
  const after = second.account(login)
  const changes = await after.emailChanges(state, null, soon())
  assert.deepEqual([changes.created, changes.updated, changes.destroyed], [[], [], [ids[0]]])
  const now = await after.query({ ...allOf, filter: { inMailbox: inbox } }, soon())
  assert.equal(now.ids[0], ids[1])
  await second.close()
})

test('the first screen of a mailbox that is not in the index is the newest, and what is changed there stays changed', async () => {
  const other = openImapMailStore(
    { state, snapshots: null, log: silentLog, clock: systemClock },
    { store: { firstScreenFrom: 100 } },
  )
  const fresh = other.account(login)
  const request = soon()
  const inbox = await inboxOf(fresh)
  for (let n = 3000; n < 3030; n++)
    await addMessage(account, [inbox], raw(n), { receivedAt: 1_900_000_000_000 + n * 1000 })
  const { ids } = await fresh.query(
    { ...allOf, filter: { inMailbox: inbox }, limit: 20, collapseThreads: true, calculateTotal: false },
    request,
  )
  const expected = await account.query(
    { ...allOf, filter: { inMailbox: inbox }, limit: 20, collapseThreads: true },
    soon(),
  )
  assert.deepEqual(ids, expected.ids)
  await fresh.change([{ id: ids[0] as string, addKeywords: ['$seen'] }], soon())
  assert.ok((await account.rows([ids[0] as string], {}, soon()))[0]?.keywords.includes('$seen'))
  assert.ok((await fresh.rows([ids[0] as string], {}, soon()))[0]?.keywords.includes('$seen'))
  await other.close()
})

test('five hundred folders are listed, and answered for, with a handful of commands', async () => {
  const lines = Array.from({ length: 500 }, (_, n) => `Bulk/folder ${n}`)
  for (let n = 0; n < lines.length; n += 50)
    await dovecot.doveadm('mailbox', 'create', '-u', username, '-s', ...lines.slice(n, n + 50))
  const { list, state } = await account.mailboxes({ threads: true }, soon())
  assert.ok(list.length >= 500)
  assert.ok(state.length < 300)
  const emails = await account.emailState(soon())
  assert.ok(emails.length < 300)
  assert.deepEqual((await account.emailChanges(emails, null, soon())).created, [])
})
