import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { eventually } from '#testing/eventually.ts'
import { openAdmission } from './admission.ts'
import { openListener } from './listener.ts'

function admission(t: TestContext, options: { maxInFlight?: number; maxLagMs?: number }, random = () => 0.5) {
  const made = openAdmission({ maxInFlight: 0, maxLagMs: 0, ...options }, { log: silentLog, random })
  t.after(() => made.close())
  return made
}

test('one more than may be in flight is refused, and the next is let in when one has ended', (t) => {
  const gate = admission(t, { maxInFlight: 2 })
  const leave = [gate.enter(), gate.enter()]
  assert.throws(
    () => gate.enter(),
    (error) => isFailure(error, 'overloaded'),
  )
  leave[0]?.()
  leave[0]?.()
  const again = gate.enter()
  assert.throws(
    () => gate.enter(),
    (error) => isFailure(error, 'overloaded'),
    'an end counts once',
  )
  again()
})

test('the share that is refused grows while the event loop is late, stays below all, and shrinks again', (t) => {
  const gate = admission(t, { maxLagMs: 100 })
  const shares = (lagMs: number) =>
    Array.from({ length: 20 }, () => {
      gate.sample(lagMs)
      return gate.load().refusedShare
    })
  assert.deepEqual([...new Set(shares(100))], [0], 'at the bound nothing is refused')
  const late = shares(101)
  assert.deepEqual(
    late,
    late.toSorted((a, b) => a - b),
  )
  assert.ok(late[0] === 0.1 && late.at(-1) === 0.95, String(late))
  const better = shares(0)
  assert.deepEqual(
    better,
    better.toSorted((a, b) => b - a),
  )
  assert.equal(better.at(-1), 0)
})

test('one account may do fewer things at once while the event loop is late', (t) => {
  const gate = admission(t, { maxLagMs: 1_000 })
  assert.equal(gate.width(6), 6)
  for (let looks = 0; looks < 10; looks++) gate.sample(30)
  assert.equal(gate.width(6), 1, 'and never none')
  gate.sample(10)
  assert.equal(gate.width(6), 1, 'neither late nor at ease')
  for (let looks = 0; looks < 3; looks++) gate.sample(1)
  assert.deepEqual([gate.width(6), gate.width(2)], [4, 2])
})

test('the delay of the event loop is measured, not guessed', async (t) => {
  const gate = admission(t, { maxLagMs: 50 })
  const block = setInterval(() => {
    const until = performance.now() + 120
    while (performance.now() < until);
  }, 0)
  await eventually(
    () => gate.load(),
    ({ lagMs, refusedShare }) => lagMs > 50 && refusedShare > 0,
    'it is late',
  )
  clearInterval(block)
  await eventually(
    () => gate.load(),
    ({ refusedShare }) => refusedShare === 0,
    'at ease again',
    30_000,
  )
})

test('who is refused hears when to come again, and nothing was done; health is told all the same', async (t) => {
  const listener = await openListener(
    { log: silentLog, checks: {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 2_000,
      maxSocketMessageBytes: 1_000,
      maxInFlight: 3,
    },
  )
  let worked = 0
  let finish = () => {}
  const done = new Promise<void>((resolve) => (finish = resolve))
  listener.app.post('/work', async () => {
    worked++
    await done
    return { worked }
  })
  const { port } = await listener.listen()
  t.after(() => listener.drain())
  const url = `http://127.0.0.1:${port}`
  const work = () => fetch(`${url}/work`, { method: 'POST' })
  const under = [work(), work(), work()]
  await eventually(
    () => worked,
    (count) => count === 3,
    'three are under way',
  )
  const refused = await work()
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  assert.equal(((await refused.json()) as { type: string }).type, 'overloaded')
  assert.equal(worked, 3)
  for (const path of ['/livez', '/readyz']) assert.equal((await fetch(url + path)).status, 200, path)
  finish()
  for (const reply of await Promise.all(under)) assert.equal(reply.status, 200)
  assert.equal((await work()).status, 200)
})
