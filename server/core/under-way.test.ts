import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from './errors.ts'
import { openUnderWay } from './under-way.ts'

const never = new AbortController().signal

test('nobody waits for what is not under way', async () => {
  const underWay = openUnderWay()
  underWay.enter('other')
  assert.equal(await underWay.someEnd('mine', never), false)
  underWay.enter('mine')()
  assert.equal(await underWay.someEnd('mine', never), false)
})

test('each end wakes one, in the order of their coming; the last wakes all', async () => {
  const underWay = openUnderWay()
  const ends = [1, 2, 3].map(() => underWay.enter('mine'))
  const woken: number[] = []
  const waits = [0, 1, 2, 3].map((n) => underWay.someEnd('mine', never).then(() => woken.push(n)))
  ends[0]!()
  ends[0]!() // Has no second effect.
  await waits[0]
  assert.deepEqual(woken, [0])
  ends[1]!()
  await waits[1]
  assert.deepEqual(woken, [0, 1])
  ends[2]!()
  await Promise.all(waits)
  assert.deepEqual(woken, [0, 1, 2, 3])
})

test('who gives up leaves the line, and the next is woken in their place', async () => {
  const underWay = openUnderWay()
  const ends = [underWay.enter('mine'), underWay.enter('mine')]
  const gone = new AbortController()
  const first = underWay.someEnd('mine', gone.signal)
  const second = underWay.someEnd('mine', never)
  gone.abort()
  await assert.rejects(first, (error) => isFailure(error, 'canceled'))
  ends[0]!()
  assert.equal(await second, true)
  await assert.rejects(underWay.someEnd('mine', gone.signal), (error) => isFailure(error, 'canceled'))
})
