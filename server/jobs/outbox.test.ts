import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import { eventually } from '#testing/eventually.ts'
import { startOutboxWorker } from './outbox.ts'

function fake() {
  const due: number[] = []
  const sent: number[] = []
  let looks = 0
  return {
    due,
    sent,
    looks: () => looks,
    submissions: {
      async deliverDue() {
        looks++
        const now = Date.now()
        const ready = due.filter((at) => at <= now)
        sent.push(...ready)
        due.splice(0, due.length, ...due.filter((at) => at > now))
        return ready.length
      },
      nextDue: async () => (due.length > 0 ? Math.min(...due) : null),
      sendScouts: async () => null,
    },
  }
}

test('what is due is sent at its time, when told of it and when found by looking', async () => {
  const box = fake()
  const worker = startOutboxWorker({ submissions: box.submissions, log: silentLog, pollMs: 60_000 })
  await sleep(20)
  const at = Date.now() + 120
  box.due.push(at)
  worker.wake(at)
  await sleep(40)
  assert.equal(box.sent.length, 0)
  await sleep(250)
  assert.deepEqual(box.sent, [at])
  assert.ok(box.looks() < 8, `slept in between: ${box.looks()} looks`)
  await worker.close(1000)

  const other = fake()
  const poller = startOutboxWorker({ submissions: other.submissions, log: silentLog, pollMs: 60 })
  other.due.push(Date.now())
  await sleep(250)
  assert.equal(other.sent.length, 1)
  await poller.close(1000)
})

test('a failing look does not end the worker, and closing waits for what is under way', async () => {
  let looks = 0
  let isDone = false
  const submissions = {
    async deliverDue(signal: AbortSignal) {
      looks++
      if (looks === 1) throw new Error('the database is away')
      await sleep(60)
      isDone = !signal.aborted
      return 0
    },
    nextDue: async () => null,
    sendScouts: async () => null,
  }
  const worker = startOutboxWorker({ submissions, log: silentLog, pollMs: 10 })
  while (looks < 2) await sleep(5)
  await worker.close(1000)
  assert.ok(isDone)
  const after = looks
  await sleep(50)
  assert.equal(looks, after)
})

test('what waits for a server is looked after at its time, however long the next is not due', async () => {
  const scouts: number[] = []
  let sent = 0
  const submissions = {
    deliverDue: async () => sent++,
    nextDue: async () => Date.now() + 3_600_000,
    async sendScouts() {
      scouts.push(Date.now())
      return Date.now() + 60
    },
  }
  const worker = startOutboxWorker({ submissions, log: silentLog, pollMs: 3_600_000 })
  await eventually(
    () => scouts.length,
    (count) => count >= 3,
    'it looks again and again',
  )
  assert.ok(sent >= 2, 'and sends what it finds')
  await worker.close(1000)
})
