// A list of conversations at a server that knows how many they are, and what belongs to one, only after it has read the whole account.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { capabilities, type Invocation, type JmapRequest, type SessionResource } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { FakeJmap } from '#testing/fake-jmap.ts'
import { openClient } from '../jmap/client.ts'
import { openStore } from './mail-store.ts'
import type { MailStore, QuerySpec } from './types.ts'

const session: SessionResource = {
  capabilities: { [capabilities.core]: { maxCallsInRequest: 16, maxObjectsInGet: 500 }, [capabilities.mail]: {} },
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
/** While set, whatever a server knows only after it has read the whole account waits for it. */
let reading: Promise<void> | undefined
let refusesWhole: boolean
const logged = console.error

beforeEach(() => {
  console.error = () => {}
  server = new FakeJmap()
  server.addMailbox('inbox', 'inbox')
  server.addMailbox('archive', 'archive')
  reading = undefined
  refusesWhole = false
})
afterEach(() => {
  console.error = logged
})

function needsAll([name, args]: Invocation): boolean {
  return name === 'Thread/get' || (args.calculateTotal === true && args.collapseThreads === true)
}

function open(): void {
  const client = openClient(session, {
    csrf: () => '',
    signInAgain: () => Promise.resolve(),
    sleep: () => sleep(1),
    fetch: async (_url, init) => {
      const request = JSON.parse(String(init?.body)) as JmapRequest
      if (request.methodCalls.some(needsAll)) {
        if (refusesWhole) return new Response('{}', { status: 500 })
        await reading
      }
      return new Response(JSON.stringify(server.handle(request)))
    },
  })
  store = openStore(client)
}

/** Until nothing has been asked for a while. */
async function settle(): Promise<void> {
  let before = -1
  while (before !== server.requests.length) {
    before = server.requests.length
    await sleep(20)
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

test('a server that has to read the account first holds no row back; number and conversations come when it has', async () => {
  fill(200)
  server.addEmail({ id: 'reply', threadId: 't-e1', mailboxIds: { archive: true }, receivedAt: '2026-01-02T00:00:00Z' })
  const done = Promise.withResolvers<void>()
  reading = done.promise
  server.canCalculateQueryChanges = false
  open()
  const query = watch(inbox)
  const totals: number[] = []
  const ids = new Set<string>()
  query.subscribe(() => {
    totals.push(query.total)
    ids.add(JSON.stringify(Array.from({ length: 50 }, (_, i) => query.idAt(i))))
  })
  await settle()
  assert.equal(query.idAt(49), 'e49')
  assert.equal(store.row('e1', inbox)?.emails.length, 1)
  assert.equal(query.isTotalKnown, false)
  // There is room to scroll on, and rows when one does.
  assert.ok(query.total > 50)
  query.show(60, 80)
  await settle()
  assert.equal(query.idAt(79), 'e79')
  assert.equal(query.isTotalKnown, false)
  const before = query.total
  // Another list need not wait either.
  const other = watch(archive)
  await settle()
  assert.equal(other.idAt(0), 'reply')
  // Nor does mail that comes meanwhile.
  server.addEmail({ id: 'new', receivedAt: '2026-02-01T00:00:00Z' })
  store.pushed({ Email: server.state })
  query.show(0, 20)
  await settle()
  assert.equal(query.idAt(0), 'new')
  assert.equal(query.idAt(1), 'e0')

  server.canCalculateQueryChanges = true
  done.resolve()
  await settle()
  assert.equal(query.isTotalKnown, true)
  assert.equal(query.total, 201)
  assert.equal(store.row('e1', inbox)?.emails.length, 2)
  assert.equal(query.idAt(0), 'new')
  assert.ok(before <= 201)
  // Never shorter than before, never an empty row where one was: nothing on screen jumps.
  assert.deepEqual(
    totals,
    totals.toSorted((a, b) => a - b),
  )
  assert.ok(ids.size <= 3, [...ids].join('\n'))
})

test('a list whose rest could not be had asks again when it changes', async () => {
  fill(60)
  open()
  const query = watch(inbox)
  refusesWhole = true
  await settle()
  assert.equal(query.idAt(0), 'e0')
  assert.equal(query.isTotalKnown, false)
  refusesWhole = false
  server.addEmail({ id: 'new', receivedAt: '2026-02-01T00:00:00Z' })
  store.pushed({ Email: server.state })
  await settle()
  assert.equal(query.idAt(0), 'new')
  assert.equal(query.total, 61)
})

test('when a server that knew conversations takes long for a list, its rows do not wait', async () => {
  fill(60)
  open()
  watch(inbox)
  await settle()
  const done = Promise.withResolvers<void>()
  reading = done.promise
  server.addEmail({ id: 'old', mailboxIds: { archive: true } })
  const query = watch(archive)
  await eventually(
    () => query.idAt(0),
    (id) => id === 'old',
    'its row',
  )
  assert.equal(store.row('old', archive)?.latest.subject, 'Subject of old')
  done.resolve()
  await settle()
  assert.equal(query.total, 1)
})
