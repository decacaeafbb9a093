import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import type { MailAccount, OpenMail } from '#ports/mail-store.ts'
import { testCaller } from '#testing/caller.ts'
import { openMemoryBus } from '#testing/memory-bus.ts'
import { openPush, pushStateOf, type States } from './index.ts'

type Watcher = Parameters<MailAccount['watch']>[0]

/** A mailbox whose states and pushed events the test sets. */
function scripted() {
  const watchers = new Set<Watcher>()
  const mail = { email: 'e0', mailbox: 'm0', asked: 0, failure: null as Failure | null }
  const account = {
    async emailState() {
      mail.asked++
      if (mail.failure) throw mail.failure
      return mail.email
    },
    mailboxes: async () => ({ state: mail.mailbox, list: [] }),
    watch(watcher: Watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  } as unknown as MailAccount
  const openMail: OpenMail = async () => account
  const bus = openMemoryBus()
  const push = openPush({
    bus,
    sessionEndedType: 'ended',
    openMail,
    subscriptions: { deliver: async () => {} },
    readers: {},
    log: silentLog,
    gatherMs: 10,
  })
  const say: Watcher = (types) => {
    for (const watcher of watchers) watcher(types)
  }
  return { mail, bus, push, say, watchers }
}

function listener() {
  const told: States[] = []
  const ends: Failure[] = []
  let sessions = 0
  return {
    told,
    ends,
    sessions: () => sessions,
    changed: (states: States) => void told.push(states),
    sessionEnded: () => void sessions++,
    ended: (failure: Failure) => void ends.push(failure),
  }
}

test('EmailDelivery is told only when mail arrives, not when flags change', async () => {
  const { mail, push, say } = scripted()
  const ear = listener()
  const { stop } = await push.follow(testCaller(), ear)
  mail.email = 'e1'
  say(['Email', 'Thread'])
  await sleep(40)
  mail.email = 'e2'
  say(['Email', 'Thread', 'EmailDelivery'])
  await sleep(40)
  assert.deepEqual(ear.told, [
    { Email: 'e1', Thread: 'e1' },
    { Email: 'e2', Thread: 'e2', EmailDelivery: 'e2' },
  ])
  stop()
})

test('listeners of an account share one watch and one question; the last to leave ends both', async () => {
  const { mail, push, say, watchers } = scripted()
  const [one, two] = [listener(), listener()]
  const first = await push.follow(testCaller(), one)
  const second = await push.follow(testCaller(), two)
  assert.equal(watchers.size, 1)
  mail.asked = 0
  mail.email = 'e1'
  say(['Email', 'Thread', 'EmailDelivery'])
  await sleep(40)
  assert.equal(mail.asked, 1)
  assert.deepEqual(one.told, two.told)
  first.stop()
  assert.equal(watchers.size, 1)
  second.stop()
  assert.equal(watchers.size, 0)
  const third = await push.follow(testCaller(), listener())
  assert.deepEqual([watchers.size, third.states.Email], [1, 'e1'])
  third.stop()
})

test('the stream that opened a follower may end: the others hear on', async () => {
  const { mail, push, say } = scripted()
  const gone = new AbortController()
  const first = await push.follow(testCaller({ signal: gone.signal }), listener())
  const ear = listener()
  const second = await push.follow(testCaller(), ear)
  first.stop()
  gone.abort()
  mail.email = 'e1'
  say(['Email'])
  await sleep(40)
  assert.deepEqual(ear.told, [{ Email: 'e1' }])
  second.stop()
})

test('a password that is refused ends the listeners, and the next begins anew', async () => {
  const { mail, push, say, watchers } = scripted()
  const ear = listener()
  await push.follow(testCaller(), ear)
  mail.failure = new Failure('badCredentials')
  say(['Email'])
  await sleep(40)
  assert.deepEqual(
    ear.ends.map(({ code }) => code),
    ['badCredentials'],
  )
  assert.equal(watchers.size, 0)
  await assert.rejects(push.follow(testCaller(), listener()), { message: 'badCredentials' })
  mail.failure = null
  const again = await push.follow(testCaller(), listener())
  assert.equal(watchers.size, 1)
  again.stop()
})

test('the end of a session is passed on and is no change', async () => {
  const { bus, push } = scripted()
  const ear = listener()
  const { stop } = await push.follow(testCaller(), ear)
  await bus.publish({ account: 'a-alice', changed: { ended: null } })
  await bus.publish({ account: 'a-bob', changed: { ended: null } })
  await sleep(40)
  assert.deepEqual([ear.sessions(), ear.told], [1, []])
  stop()
})

test('a push state is of the types asked for, in any order, without EmailDelivery', () => {
  const types = new Set(['Email', 'Mailbox', 'EmailDelivery'])
  const state = pushStateOf({ Email: 'e', Mailbox: 'm', Identity: 'i', EmailDelivery: 'e' }, types)
  assert.equal(pushStateOf({ Mailbox: 'm', Email: 'e', EmailDelivery: 'other' }, types), state)
  assert.notEqual(pushStateOf({ Mailbox: 'm', Email: 'e1' }, types), state)
})
