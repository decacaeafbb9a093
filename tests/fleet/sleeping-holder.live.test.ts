// Two processes and one lease: the one that has it is stopped (SIGSTOP), the other takes over, the first wakes. Their calendars are
// twenty minutes apart.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrations } from '#boot/database.ts'
import { silentLog } from '#core/log.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import { eventually } from '#testing/eventually.ts'
import { spawnServer } from '#testing/servers/process.ts'

const ttlMs = 3_000
const program = new URL('./lease-process.ts', import.meta.url).pathname

test('a holder that sleeps past its lease loses it, and harms nobody when it wakes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-lease-'))
  const path = join(folder, 'lease.sqlite')
  const db = await openSqlite({ path, slowStatementMs: 60_000, log: silentLog })
  await migrate(db.writer, migrations)
  const start = (minutesOff: number) =>
    spawnServer(process.execPath, [program, path, String(ttlMs), String(minutesOff)])
  const sleeper = start(10)
  await eventually(
    () => sleeper.output(),
    (text) => text.includes('has 1'),
    'the first has it',
    60_000,
  )
  // Between two renewals, the next of which is half a second away: it holds no lock of the database.
  sleeper.kill('SIGSTOP')
  const other = start(-10)
  t.after(async () => {
    await Promise.all([sleeper.stop(), other.stop()])
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await eventually(
    () => other.output(),
    (text) => text.includes('up'),
    'the second runs',
    60_000,
  )
  await eventually(
    () => other.output(),
    (text) => text.includes('has 2'),
    'it takes over',
    60_000,
  )
  sleeper.kill('SIGCONT')
  await eventually(
    () => sleeper.output(),
    (text) => text.includes('released 1'),
    'the first wakes and hears',
    60_000,
  )
  assert.match(sleeper.output(), /has 1\nlost 1\nreleased 1\n$/)
  // For as long as the second has it, the first gets nothing: its release freed nothing, and its calendar takes nothing early.
  const { fence, holder } = (await db.writer
    .selectFrom('lease' as never)
    .select(['fence', 'holder'] as never)
    .executeTakeFirstOrThrow()) as { fence: number; holder: string }
  assert.deepEqual([Number(fence), holder !== ''], [2, true])
  await new Promise((resolve) => setTimeout(resolve, ttlMs))
  assert.doesNotMatch(sleeper.output(), /has [23]/)
  assert.doesNotMatch(other.output(), /lost/)
})
