import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSqlClock } from './sql.ts'

test('the clock goes by the database, however wrong the node’s own calendar is', async (t) => {
  const db = await openTestSql()
  const clock = openSqlClock({ log: silentLog })
  t.after(async () => {
    clock.close()
    await db.close()
  })
  const real = Date.now
  const wrong = 600_000
  t.mock.method(Date, 'now', () => real() + wrong)
  assert.ok(clock.now() - real() > wrong / 2, 'its own until it follows')
  await clock.follow(db.for())
  // The calendar of this machine, to a second: what the database says.
  assert.ok(Math.abs(clock.now() - real()) < 1_000, `${clock.now() - real()} ms off`)
})

test('a database that cannot be asked lets nobody start on a wrong clock', async () => {
  const db = await openTestSql()
  await db.close()
  const clock = openSqlClock({ log: silentLog })
  await assert.rejects(clock.follow(db.for()))
  clock.close()
})
