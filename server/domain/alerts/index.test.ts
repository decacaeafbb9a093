import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { type Log, silentLog } from '#core/log.ts'
import { testCaller } from '#testing/caller.ts'
import { openMemoryBus } from '#testing/memory-bus.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openAlerts } from './index.ts'

const day = 86_400_000
const server = 'mail.example.test'

async function open() {
  const database = await openTestSql()
  const clock = { time: Date.parse('2026-11-22T12:00:00Z'), now: () => clock.time }
  const lines: unknown[] = []
  const log: Log = { ...silentLog, warn: (event, fields) => lines.push([event, fields]) }
  const bus = openMemoryBus()
  const pushed: string[] = []
  const caller = testCaller()
  bus.subscribe(caller.account, ({ changed }) => pushed.push(...Object.keys(changed)))
  /** Each has a memory of its own, as each node. */
  const node = () => openAlerts({ sql: database.for(), bus, clock, log })
  const alerts = node()
  return {
    ...{ alerts, node, clock, lines, pushed, caller, close: () => database.close() },
    async hear(text: string, on = alerts) {
      on.record({ account: caller.account, server, text })
      await on.settled()
    },
    texts: async () => (await alerts.list(caller, null)).list.map(({ text }) => text),
  }
}

test('an alert is logged, pushed and listed until it is put away, on every node', async () => {
  const { alerts, node, hear, texts, lines, pushed, caller, close } = await open()
  await hear('Quota\r\n\u001b[2Jnearly\u202e full')
  assert.deepEqual(lines, [['mail.alert', { account: caller.account, server, text: 'Quota [2Jnearly full' }]])
  assert.deepEqual(pushed, ['MailAlert'])
  const { state, list } = await node().list(caller, null)
  assert.equal(list.length, 1)
  const { id, ...rest } = list[0]!
  assert.deepEqual(rest, { server, text: 'Quota [2Jnearly full', receivedAt: '2026-11-22T12:00:00Z' })

  await node().dismiss(caller, id)
  assert.deepEqual(await texts(), [])
  assert.deepEqual((await alerts.changes(caller, state, null)).destroyed, [id])
  await assert.rejects(alerts.dismiss(caller, id), (error) => isFailure(error, 'notFound'))
  await close()
})

test('what was put away is not shown again at the next sign-in, on another node either, but after a week', async () => {
  const { alerts, node, hear, texts, clock, caller, close } = await open()
  await hear('Welcome')
  await alerts.dismiss(caller, (await alerts.list(caller, null)).list[0]!.id)
  clock.time += 2 * day
  await hear('Welcome', node())
  await hear('Welcome', alerts)
  assert.deepEqual(await texts(), [])
  clock.time += 6 * day
  await hear('Welcome', node())
  assert.deepEqual(await texts(), ['Welcome'])
  await close()
})

test('the same words on many connections are one line in the log and one alert', async () => {
  const { hear, texts, lines, pushed, close } = await open()
  for (let times = 0; times < 5; times++) await hear('Maintenance tonight')
  assert.deepEqual([lines.length, pushed.length, await texts()], [1, 1, ['Maintenance tonight']])
  await close()
})

test('a server that counts aloud fills neither the table nor the screen', async () => {
  const { hear, texts, clock, close } = await open()
  for (let percent = 0; percent < 60; percent++) {
    clock.time += 1000
    await hear(`${percent} % used ${'x'.repeat(2000)}`)
  }
  const shown = await texts()
  assert.equal(shown.length, 20)
  assert.match(shown[0]!, /^59 %/)
  assert.ok(shown.every((text) => text.length <= 500))
  await close()
})

test('one account sees nothing of another’s, and the old is swept', async () => {
  const { alerts, hear, texts, clock, close } = await open()
  await hear('Hello')
  assert.deepEqual((await alerts.list(testCaller({ account: 'other' }), null)).list, [])
  clock.time += 29 * day
  await alerts.sweep()
  assert.deepEqual(await texts(), ['Hello'])
  clock.time += 2 * day
  await alerts.sweep()
  assert.deepEqual(await texts(), [])
  await close()
})
