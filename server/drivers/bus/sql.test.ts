import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import { testChangeBus } from '#ports/change-bus.contract.ts'
import { eventually } from '#testing/eventually.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSqlChangeBus } from './sql.ts'

test('nodes whose clocks are ten minutes apart hear one another, both ways', async () => {
  const db = await openTestSql()
  const open = (offsetMs: number) =>
    openSqlChangeBus({ sql: db.for(), clock: { now: () => Date.now() + offsetMs }, log: silentLog, pollMs: 20 })
  const buses = [open(0), open(600_000), open(-600_000)]
  const heard = new Set<string>()
  for (const [at, bus] of buses.entries()) {
    bus.subscribe('one', ({ changed }) => heard.add(`${Object.keys(changed)} at ${at}`))
  }
  // Time for each to have polled once, so that what it takes for «now» is settled.
  await sleep(100)
  for (const [at, bus] of buses.entries()) await bus.publish({ account: 'one', changed: { [`from ${at}`]: null } })
  await eventually(
    () => [...heard].sort(),
    (all) => all.length === 9,
    'not all hear all',
  )
  await Promise.all(buses.map((bus) => bus.close()))
  await db.close()
})

testChangeBus(async () => {
  const db = await openTestSql()
  const open = () => openSqlChangeBus({ sql: db.for(), clock: { now: () => Date.now() }, log: silentLog, pollMs: 20 })
  const [one, other] = [open(), open()]
  return {
    one,
    other,
    async close() {
      await Promise.all([one.close(), other.close()])
      await db.close()
    },
  }
})
