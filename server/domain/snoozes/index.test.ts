import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Failure, isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import { recordingBus, testCaller } from '#testing/caller.ts'
import { openFakeMailStore } from '#testing/fake-mail-store.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSnoozes } from './index.ts'
import type { SnoozeTables } from './tables.ts'
import type { SnoozeDeps, SnoozeStep } from './types.ts'

const hour = 3_600_000
const message = [
  'From: Bob <bob@example.test>',
  'Subject: later',
  'Message-ID: <later@example.test>',
  'Date: Sun, 1 Nov 2026 12:00:00 +0000',
  '',
  'hello',
  '',
].join('\r\n')

async function open(t: TestContext, more: Partial<SnoozeDeps> = {}) {
  const database = await openTestSql()
  t.after(() => database.close())
  const mail = openFakeMailStore()
  const clock = { time: Date.parse('2026-12-01T12:00:00Z'), now: () => clock.time }
  const server = { host: '127.0.0.1', port: 1, tls: 'none' } as const
  const deps: SnoozeDeps = {
    sql: database.for<SnoozeTables>(),
    openMail: async (caller) => mail.account({ account: caller.account, server, credential: caller.credential }),
    ring: openKeyRing([{ id: 'k1', key: randomBytes(32) }]),
    bus: recordingBus(),
    clock,
    log: silentLog,
    config: { maxPerAccount: 3, maxAheadMs: 365 * 24 * hour, leaseMs: 30_000, backoff: { baseMs: 1_000, maxMs: hour } },
    ...more,
  }
  const caller = testCaller()
  const account = await deps.openMail(caller)
  const { signal } = caller
  const add = (raw = message, keywords: string[] = ['$seen', '$flagged']) =>
    mail.deliver(caller.account, 'Inbox', raw, keywords)
  return {
    ...{ deps, clock, caller, account, mail, add },
    snoozes: openSnoozes(deps),
    until: () => clock.time + hour,
    /** Name of the mailbox, keywords and time of every message there is. */
    async all() {
      const { list } = await account.mailboxes({ threads: false }, signal)
      const query = { filter: null, sort: [], collapseThreads: false, position: 0, anchor: null, anchorOffset: 0 }
      const { ids } = await account.query({ ...query, limit: 50, calculateTotal: false }, signal)
      const rows = await account.rows(ids, {}, signal)
      return rows.map(({ mailboxIds, keywords, receivedAt }) => ({
        in: mailboxIds.map((id) => list.find((mailbox) => mailbox.id === id)?.name).join('+'),
        keywords: [...keywords].sort(),
        receivedAt,
      }))
    },
    due: () => openSnoozes(deps).returnDue(new AbortController().signal),
  }
}

test('a message sleeps, and comes back at its time as if it were new', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const until = box.until()
  const snooze = await box.snoozes.create(box.caller, { emailId, until, mailboxId: null })
  assert.equal(snooze.until, '2026-12-01T13:00:00Z')
  assert.deepEqual(
    (await box.all()).map((one) => one.in),
    ['Snoozed'],
  )
  assert.equal(await box.due(), 0, 'not before its time')
  assert.equal(await box.snoozes.nextDue(), until)
  box.clock.time = until
  assert.equal(await box.due(), 1)
  assert.deepEqual(await box.all(), [{ in: 'Inbox', keywords: ['$flagged'], receivedAt: until }])
  assert.deepEqual((await box.snoozes.list(box.caller, null)).list, [])
  assert.equal(await box.snoozes.nextDue(), null)
})

test('what dies at any step is done by the next node, once', async (t) => {
  for (const step of ['rowWritten', 'asleep', 'claimed', 'copied', 'removed'] satisfies SnoozeStep[]) {
    let isDying = true
    let died = () => {}
    const dead = new Promise<void>((resolve) => (died = resolve))
    const onStep = (at: SnoozeStep) => {
      if (!isDying || at !== step) return
      died()
      // The rest of the process never happens.
      return new Promise<void>(() => {})
    }
    const box = await open(t, { onStep })
    const { id: emailId } = await box.add()
    const until = box.until()
    const created = box.snoozes.create(box.caller, { emailId, until, mailboxId: null })
    if (step === 'rowWritten' || step === 'asleep') await dead
    else {
      await created
      box.clock.time = until
      void box.due()
      await dead
    }
    isDying = false
    box.clock.time = until + 60_000
    assert.equal(await box.due(), 1, step)
    const all = await box.all()
    assert.deepEqual(
      all.map((one) => [one.in, one.keywords]),
      [['Inbox', ['$flagged']]],
      step,
    )
    assert.equal((await box.snoozes.list(box.caller, null)).list.length, 0, step)
  }
})

test('what the mail server does not take anew is moved as it is', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const before = (await box.all())[0]?.receivedAt
  await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
  const full = openSnoozes({
    ...box.deps,
    openMail: async (caller) => ({
      ...(await box.deps.openMail(caller)),
      append: () => Promise.reject(new Failure('overQuota')),
    }),
  })
  box.clock.time = box.until()
  assert.equal(await full.returnDue(new AbortController().signal), 1)
  assert.deepEqual(await box.all(), [{ in: 'Inbox', keywords: ['$flagged'], receivedAt: before }])
})

test('a message without a Message-ID is moved: after a death nothing would tell a copy from it', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add(message.replace(/Message-ID.*\r\n/, ''))
  await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
  box.clock.time = box.until()
  await box.due()
  const [email] = await box.account.rows([emailId], {}, box.caller.signal)
  assert.ok(email, 'the same message')
  assert.deepEqual(
    (await box.all()).map((one) => one.in),
    ['Inbox'],
  )
})

for (const place of ['Trash', 'Inbox'])
  test(`what somebody took out of Snoozed meanwhile is left where it is: in ${place}`, async (t) => {
    const box = await open(t)
    const { id: emailId } = await box.add()
    await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
    const { list } = await box.account.mailboxes({ threads: false }, box.caller.signal)
    const idOf = (name: string) => list.find((mailbox) => mailbox.name === name)?.id ?? ''
    const change = { id: emailId, addMailboxes: [idOf(place)], removeMailboxes: [idOf('Snoozed')] }
    await box.account.change([change], box.caller.signal)
    box.clock.time = box.until()
    assert.equal(await box.due(), 1)
    assert.deepEqual(
      (await box.all()).map((one) => [one.in, one.keywords]),
      [[place, ['$flagged', '$seen']]],
    )
    assert.equal((await box.snoozes.list(box.caller, null)).list.length, 0)
  })

test('woken by hand it is where it was, as it was', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const before = await box.all()
  const { id } = await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
  await box.snoozes.destroy(box.caller, id)
  assert.deepEqual(await box.all(), before)
  await assert.rejects(box.snoozes.destroy(box.caller, id), (error) => isFailure(error, 'notFound'))
})

test('put to sleep twice it has the later word, also from two requests at once', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const until = box.until()
  await Promise.all([0, 1].map(() => box.snoozes.create(box.caller, { emailId, until, mailboxId: null })))
  const later = await box.snoozes.create(box.caller, { emailId, until: until + hour, mailboxId: null })
  const { list } = await box.snoozes.list(box.caller, null)
  assert.deepEqual(list, [later])
  box.clock.time = until
  assert.equal(await box.due(), 0)
  box.clock.time = until + hour
  assert.equal(await box.due(), 1)
  assert.deepEqual(
    (await box.all()).map((one) => one.in),
    ['Inbox'],
  )
})

test('a password that is refused waits for the next sign-in, and is told', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const { id } = await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
  const changed = openSnoozes({
    ...box.deps,
    openMail: async (caller) => {
      if (JSON.stringify(caller.credential) === JSON.stringify(box.caller.credential))
        throw new Failure('badCredentials')
      return box.deps.openMail(caller)
    },
  })
  box.clock.time = box.until()
  assert.equal(await changed.returnDue(new AbortController().signal), 0)
  assert.equal((await box.snoozes.list(box.caller, [id])).list[0]?.isSignInNeeded, true)
  const renewed = { ...box.caller, credential: { kind: 'password', username: 'alice', password: 'new' } } as const
  await changed.list(renewed, null)
  assert.equal(await changed.returnDue(new AbortController().signal), 1)
  assert.deepEqual(
    (await box.all()).map((one) => one.in),
    ['Inbox'],
  )
})

test('a mail server that is away is tried again, and nothing is lost meanwhile', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  await box.snoozes.create(box.caller, { emailId, until: box.until(), mailboxId: null })
  const away = openSnoozes({ ...box.deps, openMail: () => Promise.reject(new Failure('unavailable')) })
  box.clock.time = box.until()
  assert.equal(await away.returnDue(new AbortController().signal), 0)
  const next = (await box.snoozes.nextDue()) ?? 0
  assert.ok(next > box.clock.time && next <= box.clock.time + 1_500)
  box.clock.time = next
  assert.equal(await box.due(), 1)
})

test('times that are past or too far ahead, messages that are not there, and one too many are refused', async (t) => {
  const box = await open(t)
  const { id: emailId } = await box.add()
  const wish = { emailId, until: box.until(), mailboxId: null }
  for (const until of [box.clock.time, box.clock.time + 366 * 24 * hour])
    await assert.rejects(
      box.snoozes.create(box.caller, { ...wish, until }),
      (error) => isFailure(error, 'badInput') && String(error.detail.properties) === 'until',
    )
  await assert.rejects(box.snoozes.create(box.caller, { ...wish, emailId: 'gone' }), (e) => isFailure(e, 'badInput'))
  await assert.rejects(box.snoozes.create(box.caller, { ...wish, mailboxId: 'gone' }), (e) => isFailure(e, 'badInput'))
  for (let n = 0; n < 3; n++) {
    const other = await box.add(message.replace('later@', `${n}@`))
    await box.snoozes.create(box.caller, { ...wish, emailId: other.id })
  }
  await assert.rejects(box.snoozes.create(box.caller, wish), (error) => isFailure(error, 'overQuota'))
  assert.equal((await box.all()).filter((one) => one.in === 'Inbox').length, 1)
})
