import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { type ChangeTables, changesSince, type ObjectChange, recordChanges, stateOf } from './index.ts'

const key = { account: 'a1', type: 'Settings' } as const

async function open() {
  const database = await openTestSql()
  const sql = database.for<ChangeTables>()
  const record = (...changes: readonly ObjectChange[]) =>
    sql.write({ position: null }, (tx) => recordChanges(tx, key, changes))
  const since = (state: string, max: number | null = null) => changesSince(sql.readFresh(), key, state, max)
  return { sql, record, since, close: () => database.close() }
}
const created = (id: string): ObjectChange => ({ id, kind: 'created' })
const updated = (id: string): ObjectChange => ({ id, kind: 'updated' })
const destroyed = (id: string): ObjectChange => ({ id, kind: 'destroyed' })

test('each object is told of once, by what became of it', async () => {
  const { sql, record, since, close } = await open()
  assert.equal(await stateOf(sql.readFresh(), key), '0')
  await record(created('old'), created('doomed'))
  const state = await record(updated('old'))
  await record(created('new'), updated('new'), updated('old'))
  await record(created('brief'), destroyed('brief'), destroyed('doomed'))
  const changes = await since(state)
  assert.deepEqual(changes, {
    newState: '9',
    hasMore: false,
    created: ['new'],
    updated: ['old'],
    destroyed: ['doomed'],
  })
  assert.equal(await stateOf(sql.readFresh(), key), '9')
  await close()
})

test('maxChanges stops at a state from which the rest can be asked', async () => {
  const { record, since, close } = await open()
  await record(created('a'), created('b'), updated('a'), created('c'))
  const first = await since('0', 2)
  assert.deepEqual([first.hasMore, first.created], [true, ['a', 'b']])
  const rest = await since(first.newState, 2)
  assert.deepEqual([rest.hasMore, rest.created, rest.newState], [false, ['c'], '4'])
  await close()
})

test('states of the future, of nobody and of the forgotten past cannot be answered', async () => {
  const { record, since, close } = await open()
  for (let batch = 0; batch < 30; batch++)
    await record(...Array.from({ length: 100 }, (_, i) => created(`x${batch}-${i}`)))
  for (const state of ['3001', '-1', 'x', '', '01', '5']) {
    await assert.rejects(since(state), (error) => isFailure(error, 'cannotCalculateChanges'), state)
  }
  assert.equal((await since('2990')).created.length, 10)
  await close()
})

test('many who are the first at once each get places of their own, and none is refused', async () => {
  const { sql, record, since, close } = await open()
  const states = await Promise.all(Array.from({ length: 8 }, (_, at) => record(created(`o${at}`))))
  assert.deepEqual(
    states.map(Number).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  assert.equal((await since('0')).created.length, 8)
  assert.equal(await stateOf(sql.readFresh(), key), '8')
  await close()
})
