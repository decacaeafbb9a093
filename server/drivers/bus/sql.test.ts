import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import type { AccountChange } from '#ports/change-bus.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSqlChangeBus } from './sql.ts'

test('a change is heard once on every node that listens to its account, and by nobody else', async () => {
  const db = await openTestSql()
  const open = (offsetMs: number) =>
    openSqlChangeBus({ sql: db.for(), clock: { now: () => Date.now() + offsetMs }, log: silentLog, pollMs: 20 })
  // The second node's clock is three seconds behind.
  const buses = [open(0), open(-3000)] as const
  const heard: [string, AccountChange][] = []
  buses[0].subscribe('one', (change) => heard.push(['a', change]))
  buses[1].subscribe('one', (change) => heard.push(['b', change]))
  buses[1].subscribe('two', (change) => heard.push(['b2', change]))
  await buses[0].publish({ account: 'one', changed: { Identity: 's1' } })
  await buses[1].publish({ account: 'one', changed: { Identity: null } })
  await sleep(300)
  assert.deepEqual(heard.map(([who, { changed }]) => `${who} ${changed.Identity}`).sort(), [
    'a null',
    'a s1',
    'b null',
    'b s1',
  ])
  await Promise.all(buses.map((bus) => bus.close()))
  await db.close()
})

test('who has stopped listening hears nothing', async () => {
  const db = await openTestSql()
  const bus = openSqlChangeBus({ sql: db.for(), clock: { now: () => Date.now() }, log: silentLog, pollMs: 20 })
  let heard = 0
  bus.subscribe('one', () => heard++)()
  await bus.publish({ account: 'one', changed: {} })
  assert.equal(heard, 0)
  await bus.close()
  await db.close()
})
