// A node reduced to its lease: takes it, says so, and writes under it as fast as it may, until it has lost it. Its calendar is off by
// the minutes that it is told.

import { silentLog } from '#core/log.ts'
import { openSqlClock } from '#drivers/clock/sql.ts'
import { openSqlLock } from '#drivers/lock/sql.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'

const [path = '', ttlMs = '', minutesOff = ''] = process.argv.slice(2)
const realNow = Date.now
Date.now = () => realNow() + Number(minutesOff) * 60_000

const db = await openSqlite({ path, slowStatementMs: 60_000, log: silentLog })
const clock = openSqlClock({ log: silentLog })
await clock.follow(db.for())
const lock = openSqlLock({ sql: db.for(), clock, log: silentLog })
const say = (word: string) => process.stdout.write(`${word}\n`)

// A lease does not keep a process alive.
setInterval(() => {}, 1_000)
say('up')
for (;;) {
  const lease = await lock.tryAcquire('job', Number(ttlMs))
  if (!lease) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    continue
  }
  say(`has ${lease.fence}`)
  await new Promise((resolve) => lease.lost.addEventListener('abort', resolve))
  say(`lost ${lease.fence}`)
  // Given back too late: it must not free what is another's by now.
  await lease.release()
  say(`released ${lease.fence}`)
}
