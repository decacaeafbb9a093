import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { capabilities, type JmapRequest, type SessionResource } from '#shared/jmap/core.ts'
import { FakeJmap } from '#testing/fake-jmap.ts'
import { openClient } from '../jmap/client.ts'
import { openStore } from './mail-store.ts'
import type { MailStore, Notice, QuerySpec } from './types.ts'

const session: SessionResource = {
  capabilities: {
    [capabilities.core]: { maxCallsInRequest: 16, maxObjectsInGet: 500, maxObjectsInSet: 500 },
    [capabilities.mail]: {},
  },
  accounts: {},
  primaryAccounts: { [capabilities.mail]: 'u1' },
  username: 'ada',
  apiUrl: '/jmap/api',
  downloadUrl: '',
  uploadUrl: '',
  eventSourceUrl: '',
  state: '0',
}
const inbox: QuerySpec = { filter: { inMailbox: 'inbox' }, collapseThreads: true }
const archive: QuerySpec = { filter: { inMailbox: 'archive' }, collapseThreads: true }

let server: FakeJmap
let store: MailStore
let notices: Notice[]
/** While set, answers wait for it. */
let gate: Promise<void> | undefined
let failNext: (() => Response | Promise<Response>) | undefined
const logged = console.error

beforeEach(() => {
  console.error = () => {}
  server = new FakeJmap()
  server.addMailbox('inbox', 'inbox')
  server.addMailbox('archive', 'archive')
  server.addMailbox('trash', 'trash')
  gate = undefined
  failNext = undefined
  notices = []
})
afterEach(() => {
  console.error = logged
})

function open(): void {
  const client = openClient(session, {
    csrf: () => '',
    signInAgain: () => Promise.resolve(),
    sleep: () => sleep(1),
    fetch: async (_url, init) => {
      const request = JSON.parse(String(init?.body)) as JmapRequest
      if (failNext) {
        const fail = failNext
        failNext = undefined
        return fail()
      }
      const answer = JSON.stringify(server.handle(request))
      await gate
      return new Response(answer)
    },
  })
  store = openStore(client, { undoTimeMs: 20 })
  store.undo.subscribe((notice) => notices.push(notice))
}

/** Until nothing has been asked for some turns, however long the machine takes for one. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const before = server.requests.length
    await sleep(2)
    quiet = before === server.requests.length ? quiet + 1 : 0
  }
}

function fill(count: number): void {
  for (let i = 0; i < count; i++) {
    server.addEmail({ id: `e${i}`, receivedAt: new Date(Date.UTC(2026, 0, 1) - i * 60_000).toISOString() })
  }
}

function watch(spec: QuerySpec) {
  const query = store.query(spec)
  query.subscribe(() => {})
  return query
}

function shownIds(spec: QuerySpec): (string | undefined)[] {
  const query = store.query(spec)
  return Array.from({ length: query.total }, (_, i) => query.idAt(i))
}

function methodsCalled(): string[] {
  return server.requests.flatMap((request) => request.methodCalls.map(([name]) => name))
}

test('the first screen takes one request, folders, list and heads; conversations and their number come in one behind it', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  const methods = server.requests.map((request) => request.methodCalls.map(([name]) => name))
  assert.deepEqual(methods, [
    ['Mailbox/get', 'Email/query', 'Email/get'],
    ['Email/query', 'Email/get', 'Thread/get', 'Email/get'],
  ])
  assert.deepEqual(shownIds(inbox), ['e0', 'e1', 'e2'])
  assert.equal(store.row('e0', inbox)?.latest.subject, 'Subject of e0')
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 3)
})

test('once conversations have been told, another list of them takes one request', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  server.requests.length = 0
  watch(archive)
  await settle()
  assert.equal(server.requests.length, 1)
})

test('of a large folder only what is on screen is read, wherever that is', async () => {
  fill(1_000)
  open()
  const query = watch(inbox)
  await settle()
  assert.equal(query.total, 1_000)
  assert.equal(query.idAt(500), undefined)
  query.show(500, 520)
  await settle()
  assert.equal(query.idAt(500), 'e500')
  assert.equal(query.idAt(519), 'e519')
  assert.equal(query.idAt(300), undefined)
})

test('new mail of another client appears at its place without reading the list again', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  server.addEmail({ id: 'new', receivedAt: '2026-02-01T00:00:00Z' })
  server.requests.length = 0
  store.pushed({ Email: server.state })
  await settle()
  assert.deepEqual(shownIds(inbox), ['new', 'e0', 'e1', 'e2'])
  assert.ok(!methodsCalled().includes('Email/query'))
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 4)
})

test('a message is archived at once, before the server has answered, and its row and count are gone', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  let openGate = () => {}
  gate = new Promise((resolve) => {
    openGate = resolve
  })
  store.actions.archive(['e1'], 'inbox')
  assert.deepEqual(shownIds(inbox), ['e0', 'e2'])
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 2)
  assert.equal(store.mailboxByRole('archive')?.totalEmails, 1)
  openGate()
  await settle()
  assert.deepEqual(shownIds(inbox), ['e0', 'e2'])
  assert.deepEqual(server.emails.get('e1')?.mailboxIds, { archive: true })
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 2)
  assert.equal(store.mailboxByRole('archive')?.totalEmails, 1)
})

test('undo of a move brings the row back to its place, on screen at once and on the server', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  store.actions.archive(['e1'], 'inbox')
  await settle()
  assert.equal(store.undo.undoLast(), true)
  assert.deepEqual(shownIds(inbox), ['e0', 'e1', 'e2'])
  await settle()
  assert.deepEqual(shownIds(inbox), ['e0', 'e1', 'e2'])
  assert.deepEqual(server.emails.get('e1')?.mailboxIds, { inbox: true })
  assert.equal(store.undo.undoLast(), false)
})

test('undo before the server has answered ends where it began', async () => {
  fill(2)
  open()
  watch(inbox)
  await settle()
  store.actions.archive(['e0'], 'inbox')
  store.undo.undoLast()
  assert.deepEqual(shownIds(inbox), ['e0', 'e1'])
  await settle()
  assert.deepEqual(server.emails.get('e0')?.mailboxIds, { inbox: true })
  assert.deepEqual(shownIds(inbox), ['e0', 'e1'])
})

test('what the server refuses is rolled back alone, and said', async () => {
  fill(3)
  server.refused.add('e1')
  open()
  watch(inbox)
  await settle()
  store.actions.archive(['e0', 'e1'], 'inbox')
  assert.deepEqual(shownIds(inbox), ['e2'])
  await settle()
  assert.deepEqual(shownIds(inbox), ['e1', 'e2'])
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 2)
  assert.ok(
    notices.some(({ kind, text, values }) => kind === 'error' && text === 'mail:refused' && values?.count === 1),
  )
})

test('a moved message shows up in the list it goes to, once', async () => {
  fill(3)
  server.addEmail({ id: 'old', receivedAt: '2025-01-01T00:00:00Z', mailboxIds: { archive: true } })
  open()
  watch(inbox)
  watch(archive)
  await settle()
  store.actions.archive(['e1'], 'inbox')
  assert.deepEqual(shownIds(archive), ['e1', 'old'])
  await settle()
  assert.deepEqual(shownIds(archive), ['e1', 'old'])
})

test('changes of one tick and of a request under way travel as one Email/set each', async () => {
  fill(4)
  open()
  watch(inbox)
  await settle()
  server.requests.length = 0
  store.actions.setRead(['e0'], true)
  store.actions.setFlagged(['e0', 'e1'], true)
  store.actions.setRead(['e2'], true)
  await settle()
  const sets = server.requests.flatMap(({ methodCalls }) => methodCalls.filter(([name]) => name === 'Email/set'))
  assert.equal(sets.length, 1)
  assert.deepEqual(server.emails.get('e0')?.keywords, { $seen: true, $flagged: true })
  assert.equal(store.mailboxByRole('inbox')?.unreadEmails, 2)
})

test('a keyword of the system is set without a word, a label is told with its undo', async () => {
  fill(1)
  open()
  watch(inbox)
  await settle()
  store.actions.setKeyword(['e0'], '$forwarded', true)
  assert.equal(notices.length, 0)
  const undone: Notice[] = []
  store.undo.subscribeUndone((notice) => undone.push(notice))
  store.actions.setKeyword(['e0'], 'travel', true)
  assert.equal(notices[0]?.text, 'mail:labelled')
  store.undo.undoLast()
  assert.deepEqual(undone, notices)
  await settle()
  assert.deepEqual(server.emails.get('e0')?.keywords, { $forwarded: true })
})

test('a change that changes nothing is neither sent nor told', async () => {
  fill(1)
  server.update('e0', { keywords: { $seen: true } })
  open()
  watch(inbox)
  await settle()
  server.requests.length = 0
  store.actions.setRead(['e0'], true)
  await settle()
  assert.equal(server.requests.length, 0)
  assert.equal(notices.length, 0)
})

test('a conversation is one row, newest message first; a reply moves it up', async () => {
  server.addEmail({ id: 'a1', threadId: 'ta', receivedAt: '2026-01-01T00:00:00Z' })
  server.addEmail({ id: 'b1', threadId: 'tb', receivedAt: '2026-01-02T00:00:00Z' })
  open()
  watch(inbox)
  await settle()
  assert.deepEqual(shownIds(inbox), ['b1', 'a1'])
  server.addEmail({ id: 'a2', threadId: 'ta', receivedAt: '2026-01-03T00:00:00Z' })
  store.pushed({ Email: server.state })
  await settle()
  assert.deepEqual(shownIds(inbox), ['a2', 'b1'])
  assert.deepEqual(
    store.row('a2', inbox)?.emails.map(({ id }) => id),
    ['a1', 'a2'],
  )
})

test('a row of a conversation stays as long as one of its messages is in the folder', async () => {
  server.addEmail({ id: 'a1', threadId: 'ta', receivedAt: '2026-01-01T00:00:00Z' })
  server.addEmail({ id: 'a2', threadId: 'ta', receivedAt: '2026-01-02T00:00:00Z' })
  open()
  watch(inbox)
  await settle()
  store.actions.archive(['a2'], 'inbox')
  assert.deepEqual(shownIds(inbox), ['a2'])
  await settle()
  assert.deepEqual(shownIds(inbox), ['a1'])
})

test('a deletion for good waits for its undo, and is not sent when it is taken back', async () => {
  fill(2)
  open()
  watch(inbox)
  await settle()
  store.actions.destroy(['e0'])
  assert.deepEqual(shownIds(inbox), ['e1'])
  store.undo.undoLast()
  assert.deepEqual(shownIds(inbox), ['e0', 'e1'])
  await new Promise((resolve) => setTimeout(resolve, 40))
  await settle()
  assert.ok(server.emails.has('e0'))
  store.actions.destroy(['e0'])
  await new Promise((resolve) => setTimeout(resolve, 40))
  await settle()
  assert.ok(!server.emails.has('e0'))
  assert.deepEqual(shownIds(inbox), ['e1'])
})

test('what waits for its undo is sent when the page goes away', async () => {
  fill(1)
  open()
  watch(inbox)
  await settle()
  store.actions.destroy(['e0'])
  await store.flush()
  assert.ok(!server.emails.has('e0'))
})

test('trash moves; in the trash it deletes', async () => {
  fill(1)
  open()
  watch(inbox)
  await settle()
  store.actions.trash(['e0'], 'inbox')
  await settle()
  assert.deepEqual(server.emails.get('e0')?.mailboxIds, { trash: true })
  store.actions.trash(['e0'], 'trash')
  await store.flush()
  assert.ok(!server.emails.has('e0'))
})

test('when the server has forgotten our state the list is read anew and never shows nothing meanwhile', async () => {
  fill(60)
  open()
  const query = watch(inbox)
  await settle()
  server.destroy('e0')
  server.forgetHistory()
  const totals: number[] = []
  query.subscribe(() => totals.push(query.total))
  store.pushed({ Email: server.state })
  await settle()
  assert.equal(query.idAt(0), 'e1')
  assert.equal(query.total, 59)
  assert.ok(totals.every((total) => total >= 59))
  assert.equal(store.email('e1')?.subject, 'Subject of e1')
})

test('a list that the server cannot follow is read again', async () => {
  server.canCalculateQueryChanges = false
  fill(3)
  open()
  watch(inbox)
  await settle()
  server.addEmail({ id: 'new', receivedAt: '2026-02-01T00:00:00Z' })
  store.pushed({ Email: server.state })
  await settle()
  assert.deepEqual(shownIds(inbox), ['new', 'e0', 'e1', 'e2'])
})

test('a list that changed between two windows is trusted only where it was read last', async () => {
  fill(200)
  open()
  const query = watch(inbox)
  await settle()
  server.destroy('e10')
  query.show(150, 170)
  await settle()
  assert.equal(query.idAt(150), 'e151')
  query.show(0, 20)
  await settle()
  assert.equal(query.idAt(10), 'e11')
  assert.equal(query.total, 199)
})

test('a conversation too long for one get is read in pieces', async () => {
  for (let i = 0; i < 30; i++)
    server.addEmail({ id: `a${i}`, threadId: 'ta', receivedAt: `2026-01-01T00:00:${10 + i}Z` })
  server.maxObjectsInGet = 20
  const core = session.capabilities[capabilities.core] as { maxObjectsInGet: number }
  core.maxObjectsInGet = 20
  open()
  watch(inbox)
  await settle()
  core.maxObjectsInGet = 500
  assert.deepEqual(shownIds(inbox), ['a29'])
  assert.equal(store.row('a29', inbox)?.emails.length, 30)
})

test('a lost connection is met by asking again; a request is not lost', async () => {
  fill(1)
  open()
  failNext = () => Promise.reject(new TypeError('network'))
  watch(inbox)
  await settle()
  assert.deepEqual(shownIds(inbox), ['e0'])
  failNext = () => new Response('', { status: 503 })
  store.actions.setFlagged(['e0'], true)
  await settle()
  assert.deepEqual(server.emails.get('e0')?.keywords, { $flagged: true })
})

test('a creation whose request was lost is made once, after a look that it was not', async () => {
  open()
  await settle()
  failNext = () => Promise.reject(new TypeError('network'))
  const id = await store.actions.createMailbox('Plans', null)
  assert.equal(store.mailbox(id)?.name, 'Plans')
  const calls = methodsCalled().filter((name) => name.startsWith('Mailbox/'))
  assert.equal(calls[calls.indexOf('Mailbox/set') - 1], 'Mailbox/get')
  assert.equal(calls.filter((name) => name === 'Mailbox/set').length, 1)
  assert.equal([...server.mailboxes.values()].filter(({ name }) => name === 'Plans').length, 1)
})

test('folders are created, renamed and deleted, each with a way back', async () => {
  open()
  await settle()
  const id = await store.actions.createMailbox('Plans', null)
  assert.equal(store.mailbox(id)?.name, 'Plans')
  store.actions.renameMailbox(id, 'Ideas')
  assert.equal(store.mailbox(id)?.name, 'Ideas')
  await settle()
  assert.equal(server.mailboxes.get(id)?.name, 'Ideas')
  store.undo.undoLast()
  await settle()
  assert.equal(server.mailboxes.get(id)?.name, 'Plans')
  store.actions.deleteMailbox(id)
  assert.equal(store.mailbox(id), undefined)
  store.undo.undoLast()
  assert.equal(store.mailbox(id)?.name, 'Plans')
  store.actions.deleteMailbox(id)
  await store.flush()
  assert.ok(!server.mailboxes.has(id))
})

test('a folder whose new name is refused has its old one again', async () => {
  server.addMailbox('work')
  server.refused.add('work')
  open()
  await settle()
  store.actions.renameMailbox('work', 'Play')
  assert.equal(store.mailbox('work')?.name, 'Play')
  await settle()
  assert.equal(store.mailbox('work')?.name, 'work')
  assert.ok(notices.some(({ kind }) => kind === 'error'))
})

test('emptying a folder shows it empty, can be taken back, and deletes all in the end', async () => {
  fill(3)
  open()
  watch(inbox)
  await settle()
  store.actions.emptyMailbox('inbox')
  assert.deepEqual(shownIds(inbox), [])
  assert.equal(store.mailboxByRole('inbox')?.totalEmails, 0)
  store.undo.undoLast()
  assert.equal(shownIds(inbox).length, 3)
  store.actions.emptyMailbox('inbox')
  await store.flush()
  await settle()
  assert.equal(server.emails.size, 0)
  assert.deepEqual(shownIds(inbox), [])
})

test('heads that nobody looks at are forgotten beyond a bound', async () => {
  fill(8_000)
  open()
  const query = watch(inbox)
  await settle()
  for (let from = 0; from < 8_000; from += 250) {
    query.show(from, from + 250)
    await settle()
  }
  const held = Array.from({ length: 8_000 }, (_, i) => store.email(`e${i}`)).filter(Boolean).length
  assert.ok(held > 1_000 && held <= 6_000, `${held} heads held`)
})

test('all ids of a query are read page by page', async () => {
  fill(2_300)
  open()
  const ids = await store.query(inbox).allEmailIds()
  assert.equal(ids.length, 2_300)
})
