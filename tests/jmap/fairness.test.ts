// One account that asks for more than its share, on a node in this process: others are served in their turn. Counted, not timed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, startTestNode } from '#testing/node.ts'

const using = [urns.core]

/** A node whose `Test/work` notes whose it is when it begins. */
async function startNoting(maxRunning: number) {
  const order: string[] = []
  let hold: Promise<void> | null = null
  const node = await startTestNode({
    turns: { maxRunning, maxRunningPerAccount: () => maxRunning },
    methods: {
      'Test/work': {
        capability: urns.core,
        async run({ caller }) {
          order.push(caller.address)
          await (hold ?? turn())
          return {}
        },
      },
    },
  })
  return { node, order, hold: (until: Promise<void>) => (hold = until) }
}

const work = (calls: number) => ({
  using,
  methodCalls: Array.from({ length: calls }, (_, at) => ['Test/work', {}, String(at)]),
})

test('while one account hammers, another’s call waits for one round and not for the queue', async () => {
  const noting = await startNoting(2)
  await using node = noting.node
  const { order, hold } = noting
  const alice = await signIn(node)
  const bob = await signIn(node, 'bob@example.test')
  const open = Promise.withResolvers<void>()
  hold(open.promise)
  const hammer = Array.from({ length: 8 }, () => alice.request(work(16)))
  await eventually(
    () => order.length,
    (count) => count === 2,
    'both turns are taken',
  )
  const one = bob.request(work(1))
  await eventually(
    () => node.turns.waiting(),
    (count) => count === 7,
    'six of hers and his one are waiting',
  )
  open.resolve()
  assert.equal((await one).status, 200)
  const place = order.indexOf('bob@example.test')
  assert.ok(place >= 2 && place <= 6, `his came as number ${place} of ${order.length}`)
  for (const { status } of await Promise.all(hammer)) assert.equal(status, 200)
  assert.equal(order.length, 8 * 16 + 1)
})

test('a request that outlives its time ends with 504, and what it held is free when it ends', async () => {
  const finish = Promise.withResolvers<void>()
  await using node = await startTestNode({
    replyTimeoutMs: 200,
    turns: { maxRunning: 1, maxRunningPerAccount: () => 1 },
    methods: {
      'Test/deaf': {
        capability: urns.core,
        run: async () => {
          await finish.promise
          return {}
        },
      },
    },
  })
  const alice = await signIn(node)
  const reply = await alice.request({ using, methodCalls: [['Test/deaf', {}, 'c']] })
  assert.deepEqual([reply.status, reply.body.type], [504, 'timeout'])
  assert.equal(node.turns.running(), 1, 'still at it')
  finish.resolve()
  await eventually(
    () => node.turns.running(),
    (count) => count === 0,
    'its turn is given back',
  )
  assert.equal((await alice.call('Core/echo', { here: true }))[0], 'Core/echo')
})
