import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { orLate } from './or-late.ts'

const never = new Promise<never>(() => {})

test('what comes in time is the answer, faults as well, and nobody is late', async () => {
  const onLate = () => assert.fail('it was in time')
  assert.equal(await orLate(Promise.resolve(1), 1, onLate), 1)
  await assert.rejects(orLate(Promise.reject(new Error('no')), 1, onLate), /no/)
  await sleep(10)
})

test('what does not come is what onLate says or throws', async () => {
  assert.equal(await orLate(never, 1, () => 'late'), 'late')
  await assert.rejects(
    orLate(never, 1, () => {
      throw new Error('gave up')
    }),
    /gave up/,
  )
})

test('a fault that comes too late is nobody’s', async () => {
  const work = Promise.withResolvers<never>()
  assert.equal(await orLate(work.promise, 1, () => 'late'), 'late')
  work.reject(new Error('too late'))
  await sleep(1)
})

test('what arrived while the process was busy is in time', async () => {
  const work = Promise.withResolvers<string>()
  const answer = orLate(work.promise, 5, () => 'late')
  setTimeout(() => setImmediate(() => work.resolve('there')), 0)
  setImmediate(() => {
    const until = performance.now() + 20
    while (performance.now() < until);
  })
  assert.equal(await answer, 'there')
})
