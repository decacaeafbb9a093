import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import { openSqlLock } from '#drivers/lock/sql.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { startSchedule } from './schedule.ts'

test('on two nodes a job runs again and again, never twice at once, and a failing one does not stop', async () => {
  const db = await openTestSql()
  let atOnce = 0
  let most = 0
  let runs = 0
  const job = {
    name: 'sweep',
    everyMs: 15,
    async run() {
      most = Math.max(most, ++atOnce)
      await sleep(10)
      atOnce--
      runs++
      if (runs === 1) throw new Error('once')
    },
  }
  const nodes = [0, 1].map(() => {
    const lock = openSqlLock({ sql: db.for(), clock: { now: () => Date.now() }, log: silentLog })
    return { lock, schedule: startSchedule({ lock, log: silentLog }, [job]) }
  })
  while (runs < 6) await sleep(5)
  await Promise.all(nodes.map(({ schedule }) => schedule.close()))
  const after = runs
  await sleep(60)
  assert.equal(runs, after)
  assert.equal(most, 1)
  await Promise.all(nodes.map(({ lock }) => lock.close()))
  await db.close()
})

test('closing tells a run under way to end and waits for it', async () => {
  const db = await openTestSql()
  const lock = openSqlLock({ sql: db.for(), clock: { now: () => Date.now() }, log: silentLog })
  let state = 'waiting'
  const started = Promise.withResolvers<void>()
  const schedule = startSchedule({ lock, log: silentLog, random: () => 0 }, [
    {
      name: 'long',
      everyMs: 1000,
      async run(signal) {
        state = 'running'
        started.resolve()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        state = 'ended'
      },
    },
  ])
  await started.promise
  await schedule.close()
  assert.equal(state, 'ended')
  await lock.close()
  await db.close()
})
