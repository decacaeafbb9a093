// How long a node answers without asking (sharedFreshMs), and what ends that: here an hour, so that only what ends it can.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { MailAccount, MailLogin, MailStore } from '#ports/mail-store.ts'
import { addMessage, inboxOf, soon } from '#testing/mail-store-harness.ts'
import { openMemoryMailState } from '#testing/memory-mail-state.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { openImapMailStore } from './index.ts'

let dovecot: DovecotServer
const stores: MailStore[] = []
/** The node that takes its time, and another that writes behind its back. */
let node: MailAccount
let other: MailAccount
let inbox: string
let id: string

before(async () => {
  dovecot = await startDovecot({ users: { 'alice@example.test': 'demo' } })
  const state = openMemoryMailState()
  const login: MailLogin = {
    account: 'alice@example.test',
    server: { host: dovecot.host, port: dovecot.imapPort, tls: 'none' },
    credential: { kind: 'password', username: 'alice@example.test', password: 'demo' },
  }
  const open = (sharedFreshMs: number) => {
    const store = openImapMailStore(
      { state, snapshots: null, log: silentLog, clock: systemClock },
      { store: { sharedFreshMs, pollMs: 100 } },
    )
    stores.push(store)
    return store.account(login)
  }
  node = open(3_600_000)
  other = open(0)
  inbox = await inboxOf(node)
  id = (await addMessage(node, [inbox], 'Subject: x\r\n\r\ny\r\n')).id
})
after(async () => {
  for (const store of stores) await store.close()
  await dovecot.stop()
})

const keywordsAt = async (account: MailAccount) => (await account.rows([id], {}, soon()))[0]?.keywords.join(' ')
const unreadAt = async (account: MailAccount) =>
  (await account.mailboxes({ threads: false }, soon())).list.find((one) => one.id === inbox)?.unreadEmails
const mark = async (account: MailAccount, keyword: string) => {
  const fates = await account.change([{ id, addKeywords: [keyword] }], soon())
  assert.equal(fates.get(id), null)
}
/** What was changed elsewhere is not seen here, as long as nothing gives it away: the test that follows is about something. */
const isBehind = async (keyword: string) => assert.ok(!(await keywordsAt(node))?.includes(keyword))

test('what this node wrote is seen at once: flags, counts, messages, folders, and the states of them', async () => {
  const state = await node.emailState(soon())
  const boxes = await node.mailboxes({ threads: false }, soon())
  assert.equal(await unreadAt(node), 1)
  await mark(node, '$seen')
  assert.equal(await keywordsAt(node), '$seen')
  assert.equal(await unreadAt(node), 0)
  assert.deepEqual((await node.emailChanges(state, null, soon())).updated, [id])
  assert.deepEqual((await node.mailboxChanges(boxes.state, null, soon())).updated, [inbox])
  const fresh = await addMessage(node, [inbox], 'Subject: z\r\n\r\nz\r\n')
  assert.equal(await unreadAt(node), 1)
  await node.destroy([fresh.id], soon())
  assert.deepEqual(await node.rows([fresh.id], {}, soon()), [])
  const made = await node.createMailbox({ name: 'Made', parentId: null, role: null, isSubscribed: true }, soon())
  assert.ok((await node.mailboxes({ threads: false }, soon())).list.some((one) => one.id === made))
})

test('a client that holds a newer state of mail or folders is told what it is of', async () => {
  const mine = await node.emailState(soon())
  await mark(other, 'one')
  await isBehind('one')
  const newer = await other.emailState(soon())
  assert.notEqual(newer, mine)
  assert.deepEqual((await node.emailChanges(newer, null, soon())).updated, [])
  assert.ok((await keywordsAt(node))?.includes('one'))

  const before = await node.mailboxes({ threads: false }, soon())
  await other.change([{ id, removeKeywords: ['$seen'] }], soon())
  const there = await other.mailboxes({ threads: false }, soon())
  assert.equal((await node.mailboxes({ threads: false }, soon())).state, before.state)
  assert.deepEqual((await node.mailboxChanges(there.state, null, soon())).updated, [])
  assert.equal(await unreadAt(node), 1)
})

test('who acts on a condition is given the state as the server has it', async () => {
  const mine = await node.emailState(soon())
  await mark(other, 'two')
  assert.equal(await node.emailState(soon()), mine)
  assert.notEqual(await node.emailState(soon(), true), mine)
  assert.ok((await keywordsAt(node))?.includes('two'))
})

test('what is not known may have come just now: it is looked for before it is said not to be there', async () => {
  const fresh = await addMessage(other, [inbox], 'Subject: new\r\n\r\nn\r\n')
  assert.equal((await node.rows([fresh.id], {}, soon())).length, 1)
  assert.equal((await node.change([{ id: fresh.id, addKeywords: ['$seen'] }], soon())).get(fresh.id), null)
})

test('what the server tells to a watch is seen by the next read', async () => {
  const heard = Promise.withResolvers<void>()
  const stop = node.watch(() => heard.resolve())
  // The watch begins with a look of its own, and is deaf until then.
  await sleep(500)
  await mark(other, 'three')
  await heard.promise
  assert.ok((await keywordsAt(node))?.includes('three'))
  stop()
})
