import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isFailure } from './errors.ts'
import { openFairTurns } from './fair-turns.ts'

const never = new AbortController().signal

test('as long as there are turns nobody waits', async () => {
  const turns = openFairTurns({ maxRunning: 4, maxRunningPerAccount: () => 2 })
  const given = await Promise.all(['a', 'a', 'b', 'b'].map((account) => turns.take(account, never)))
  assert.deepEqual([turns.running(), turns.waiting()], [4, 0])
  for (const giveBack of given) giveBack()
  assert.equal(turns.running(), 0)
})

test('whoever has a thousand things to do takes turns with whoever has one', async () => {
  const turns = openFairTurns({ maxRunning: 2, maxRunningPerAccount: () => 2 })
  const order: string[] = []
  const work = async (account: string) => {
    const giveBack = await turns.take(account, never)
    order.push(account)
    await turn()
    giveBack()
  }
  const hammer = Array.from({ length: 1000 }, () => work('heavy'))
  await turn()
  const others = ['a', 'b', 'c'].map(work)
  await Promise.all(others)
  const before = order.length
  // Two were running when they came, and each round lets each account in once.
  assert.ok(before <= 12, `${before} turns until the three were through: ${order.slice(0, 20)}`)
  await Promise.all(hammer)
  assert.equal(turns.running() + turns.waiting(), 0)
})

test('one account holds no more than its share, though nobody else is there', async () => {
  const turns = openFairTurns({ maxRunning: 100, maxRunningPerAccount: () => 3 })
  const started: (() => void)[] = []
  for (let i = 0; i < 10; i++) void turns.take('a', never).then((giveBack) => started.push(giveBack))
  await turn()
  assert.deepEqual([started.length, turns.waiting()], [3, 7])
  started[0]?.()
  started[0]?.()
  await turn()
  assert.equal(started.length, 4, 'a turn is given back once')
})

test('who goes away while waiting takes no turn and holds up nobody', async () => {
  const turns = openFairTurns({ maxRunning: 1, maxRunningPerAccount: () => 1 })
  const first = await turns.take('a', never)
  const gone = new AbortController()
  const left = turns.take('b', gone.signal)
  const next = turns.take('c', never)
  gone.abort()
  await assert.rejects(left, (error) => isFailure(error, 'canceled'))
  first()
  ;(await next)()
  await assert.rejects(turns.take('a', AbortSignal.abort()), (error) => isFailure(error, 'canceled'))
  assert.deepEqual([turns.running(), turns.waiting()], [0, 0])
})
