import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestSql } from '#testing/sqlite.ts'
import { openValues, type ValueTables } from './values.ts'

const clock = { now: () => 1000 }

test('values are a plugin’s own, and of two that write on the same one wins', async (t) => {
  const database = await openTestSql()
  t.after(() => database.close())
  const sql = database.for<ValueTables>()
  const [one, same, other] = [openValues(sql, clock, 'a'), openValues(sql, clock, 'a'), openValues(sql, clock, 'b')]
  assert.equal(await one.get('x'), null)
  assert.deepEqual((await Promise.all([one.swap('x', null, '1'), same.swap('x', null, '2')])).filter(Boolean).length, 1)
  const now = (await one.get('x'))!
  assert.equal(await one.swap('x', `${now}x`, '3'), false)
  assert.equal(await one.swap('x', now, '3'), true)
  assert.equal(await same.get('x'), '3')
  assert.equal(await other.get('x'), null)
  await other.swap('x', null, 'theirs')
  assert.equal(await one.swap('x', '2', null), false)
  assert.equal(await one.swap('x', '3', null), true)
  assert.equal(await one.swap('x', null, null), true)
  assert.equal(await other.get('x'), 'theirs')
})

test('a list goes beyond one page and keeps to its prefix', async (t) => {
  const database = await openTestSql()
  t.after(() => database.close())
  const values = openValues(database.for<ValueTables>(), clock, 'a')
  for (let n = 0; n < 110; n++) await values.swap(`n-${n}`, null, String(n))
  await values.swap('other', null, 'x')
  const listed = await Array.fromAsync(values.list('n-'))
  assert.equal(listed.length, 110)
  assert.equal(new Set(listed.map(({ name }) => name)).size, 110)
  await assert.rejects(values.swap('x'.repeat(201), null, ''), { message: 'badInput' })
  await assert.rejects(values.swap('x', null, 'x'.repeat(8193)), { message: 'tooLarge' })
})
