import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilities } from '#shared/jmap/core.ts'
import type { JmapClient } from '../jmap/client.ts'
import { createEmailTable, type PendingChange } from './emails.ts'
import { createSetQueue } from './set-queue.ts'
import { createTaskBoard } from './tasks.ts'

interface Sent {
  readonly ids: readonly string[]
  readonly answer: (refused?: readonly string[]) => void
}

/** A queue of two messages for each request, whose requests are answered by the test. */
function open() {
  const sent: Sent[] = []
  const call = (_name: string, args: { update: Record<string, unknown> }) =>
    new Promise((resolve) => {
      const answer = (refused: readonly string[] = []) =>
        resolve({ notUpdated: Object.fromEntries(refused.map((id) => [id, { type: 'forbidden' }])) })
      sent.push({ ids: Object.keys(args.update), answer })
    })
  const session = { capabilities: { [capabilities.core]: { maxObjectsInSet: 2 } } }
  const tasks = createTaskBoard()
  const rolledBack: string[] = []
  const refused: (readonly string[])[] = []
  const queue = createSetQueue({
    client: { session, accountId: 'u1', call } as unknown as JmapClient,
    emails: createEmailTable(),
    tasks,
    onRolledBack: (_change, ids) => rolledBack.push(...ids),
    onSettled: (_changes, { ids }) => refused.push(ids),
  })
  return { queue, tasks, sent, rolledBack, refused }
}

function changeOf(...ids: readonly string[]): PendingChange {
  return { patches: new Map(ids.map((id) => [id, { 'keywords/$seen': true }])) }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what one request holds is no task', async () => {
  const { queue, tasks, sent } = open()
  const done = queue.send(changeOf('a', 'b'))
  await turn()
  assert.deepEqual(tasks.list(), [])
  sent[0]?.answer()
  await done
})

test('what takes several requests is a task that says how far it is', async () => {
  const { queue, tasks, sent, refused } = open()
  const done = queue.send(changeOf('a', 'b', 'c', 'd', 'e'))
  await turn()
  const told = () => tasks.list().map(({ text, done, total }) => [text, done, total])
  assert.deepEqual(told(), [['mail:changing', 0, 5]])
  sent[0]?.answer()
  await turn()
  assert.deepEqual(told(), [['mail:changing', 2, 5]])
  sent[1]?.answer()
  await turn()
  sent[2]?.answer()
  await done
  assert.deepEqual(told(), [])
  assert.deepEqual(
    sent.map(({ ids }) => ids),
    [['a', 'b'], ['c', 'd'], ['e']],
  )
  assert.deepEqual(refused, [[]])
})

test('stopped, what was not sent is rolled back, and nobody is told of what he stopped', async () => {
  const { queue, tasks, sent, rolledBack, refused } = open()
  const done = queue.send(changeOf('a', 'b', 'c', 'd'))
  await turn()
  tasks.list()[0]?.stop()
  sent[0]?.answer()
  await done
  assert.equal(sent.length, 1)
  assert.deepEqual(rolledBack, ['c', 'd'])
  assert.deepEqual(refused, [[]])
  assert.deepEqual(tasks.list(), [])
})

test('what is refused in several requests is rolled back at once and told in the end, together', async () => {
  const { queue, sent, rolledBack, refused } = open()
  const done = queue.send(changeOf('a', 'b', 'c', 'd'))
  await turn()
  sent[0]?.answer(['b'])
  await turn()
  assert.deepEqual(rolledBack, ['b'])
  sent[1]?.answer(['c', 'd'])
  await done
  assert.deepEqual(rolledBack, ['b', 'c', 'd'])
  assert.deepEqual(refused, [['b', 'c', 'd']])
})
