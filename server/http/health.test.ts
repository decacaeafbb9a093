import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { eventually } from '#testing/eventually.ts'
import { type HealthMonitorDeps, openHealthMonitor } from './health-monitor.ts'
import { type ListenerDeps, type ListenerOptions, openListener } from './listener.ts'

type Answer = { readonly ready: boolean; readonly checks: Record<string, unknown> }

async function listen(t: TestContext, deps: Partial<ListenerDeps>, options: Partial<ListenerOptions> = {}) {
  const listener = await openListener(
    { log: silentLog, checks: {}, ...deps },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 2_000,
      maxSocketMessageBytes: 1_000,
      ...options,
    },
  )
  let worked = 0
  listener.app.post('/work', async () => ({ worked: ++worked }))
  const { port } = await listener.listen()
  t.after(() => listener.drain())
  return {
    listener: Object.assign(listener, { port, worked: () => worked }),
    async ready(query = '', headers = {}) {
      const reply = await fetch(`http://127.0.0.1:${port}/readyz${query}`, { headers })
      return { status: reply.status, ...((await reply.json()) as Answer), connection: reply.headers.get('connection') }
    },
  }
}

/** A monitor in a hurry. */
function monitor(t: TestContext, deps: Pick<HealthMonitorDeps, 'checks' | 'othersDo'>) {
  const made = openHealthMonitor({ ...deps, log: silentLog, timeoutMs: 50, everyMs: 10 })
  made.start()
  t.after(() => made.stop())
  return made
}

test('a store that hangs fails when its time is over, is not asked beside, and is taken back when it answers', async (t) => {
  let asked = 0
  let answer = () => {}
  const store = monitor(t, {
    checks: {
      store: () => {
        asked++
        return asked === 1 ? new Promise<void>((resolve) => (answer = resolve)) : Promise.resolve()
      },
    },
  })
  const late = await store.report()
  assert.deepEqual([late.store?.status, late.store?.code], ['failed', 'timeout'])
  // It tells how long it has been hanging.
  const told = await eventually(
    () => store.report(),
    (now) => (now.store?.ms ?? 0) > 100,
    'time goes on',
  )
  assert.equal(told.store?.since, late.store?.since)
  assert.equal(asked, 1)
  answer()
  await eventually(
    () => store.report(),
    (now) => now.store?.status === 'ok',
    'well again',
  )
})

test('what fails on every node takes none of them out; what another node does better does', async (t) => {
  let isBetter = false
  const checks = { sql: () => Promise.reject(new Failure('unavailable')) }
  const { ready } = await listen(t, { checks, othersDo: async () => (isBetter ? 'better' : 'alike') })
  const shared = await ready()
  assert.deepEqual([shared.status, shared.ready, shared.checks], [200, true, { sql: 'failedEverywhere' }])
  isBetter = true
  const alone = await eventually(
    () => ready(),
    (now) => now.status !== 200,
    'another node does better',
  )
  assert.deepEqual([alone.status, alone.checks], [503, { sql: 'failed' }])
})

test('nobody who could be asked is no reason to stay', async (t) => {
  const checks = { sql: () => Promise.reject(new Failure('unavailable')) }
  const { ready } = await listen(t, { checks, othersDo: () => Promise.reject(new Error('cut off')) })
  assert.equal((await ready()).status, 503)
})

test('a mail server that is down takes no node out; one that others reach takes out who does not', async (t) => {
  const imap = { isFatal: 'whereOthersDoBetter', run: () => Promise.reject(new Failure('unavailable')) } as const
  const answers = async (othersDo: HealthMonitorDeps['othersDo']) => {
    const { status, checks } = await (await listen(t, { checks: { imap }, othersDo })).ready()
    return [status, checks]
  }
  assert.deepEqual(await answers(undefined), [200, { imap: 'failedEverywhere' }])
  assert.deepEqual(await answers(async () => 'alike'), [200, { imap: 'failedEverywhere' }])
  assert.deepEqual(await answers(() => Promise.reject(new Error('cut off'))), [200, { imap: 'failedEverywhere' }])
  assert.deepEqual(await answers(async () => 'better'), [503, { imap: 'failed' }])
})

test('who comes while another node does better is sent there before anything is done; health is told all the same', async (t) => {
  let does: 'better' | 'alike' = 'better'
  let isBroken = true
  const checks = { sql: async () => assert.ok(!isBroken, 'cut off') }
  const { listener, ready } = await listen(t, { checks, othersDo: async () => does })
  const work = () => fetch(`http://127.0.0.1:${listener.port}/work`, { method: 'POST' })
  await eventually(ready, ({ status }) => status === 503, 'not ready')
  const refused = await work()
  assert.equal(refused.status, 503)
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal(((await refused.json()) as { type: string }).type, 'unavailable')
  assert.equal(listener.worked(), 0)
  // Nobody does better: then it is served, as well as can be.
  does = 'alike'
  await eventually(work, ({ status }) => status === 200, 'it is served')
  assert.equal(listener.worked(), 1)
  isBroken = false
  await eventually(ready, ({ checks }) => checks.sql === 'ok', 'well')
})

test('another node that asks hears of this moment, and many that ask make one look', async (t) => {
  let looks = 0
  let isBroken = false
  const run = async () => {
    looks++
    assert.ok(!isBroken, 'cut off')
  }
  const made = openHealthMonitor({
    checks: { imap: { isFatal: true, everyMs: 60_000, run } },
    log: silentLog,
    everyMs: 100,
  })
  assert.equal(await made.passes('imap'), false, 'before it has looked')
  made.start()
  t.after(() => made.stop())
  assert.equal((await made.report()).imap?.status, 'ok')
  assert.equal(await made.passes('imap'), true)
  isBroken = true
  await eventually(
    () => made.passes('imap'),
    (passes) => !passes,
    'the look of this moment',
  )
  assert.equal(await made.passes('other'), false)
  isBroken = false
  await eventually(
    async () => (await made.report()).imap?.status,
    (status) => status === 'ok',
    'looked at soon while it fails',
  )
  const before = looks
  await Promise.all(Array.from({ length: 50 }, () => made.passes('imap')))
  assert.ok(looks - before <= 1, String(looks - before))
})

test('what hears of trouble by itself makes its check look at once', async (t) => {
  let isBroken = false
  let look = () => {}
  const check = {
    isFatal: true,
    everyMs: 3_600_000,
    run: async () => assert.ok(!isBroken, 'cut off'),
    onStart: (now: () => void) => void (look = now),
  }
  const made = monitor(t, { checks: { imap: check } })
  assert.equal((await made.report()).imap?.status, 'ok')
  isBroken = true
  look()
  await eventually(
    async () => (await made.report()).imap?.status,
    (status) => status === 'failed',
    'it has looked',
  )
})

test('what counts for nothing is told', async (t) => {
  const { ready } = await listen(t, {
    checks: { minor: { isFatal: false, run: () => Promise.reject(new Failure('unavailable')) } },
  })
  const answer = await ready()
  assert.deepEqual([answer.status, answer.checks], [200, { minor: 'failed' }])
})

test('a probe asks nothing of the stores', async (t) => {
  let asked = 0
  const { ready } = await listen(t, {
    checks: { sql: { isFatal: true, everyMs: 60_000, run: async () => void asked++ } },
  })
  for (let probe = 0; probe < 20; probe++) await ready()
  assert.equal(asked, 1)
})

test('latency and codes are for who has the token, and the reason is for nobody', async (t) => {
  const checks = { sql: () => Promise.reject(new Failure('unavailable', { host: 'db1.internal' })) }
  const { ready } = await listen(t, { checks }, { healthToken: 'for-us' })
  assert.deepEqual((await ready('', { authorization: 'Bearer for-them' })).checks, { sql: 'failed' })
  const { sql } = (await ready('', { authorization: 'Bearer for-us' })).checks as { sql: Record<string, unknown> }
  assert.deepEqual([sql.status, sql.code, sql.isFatal, typeof sql.ms], ['failed', 'unavailable', true, 'number'])
  assert.doesNotMatch(JSON.stringify(sql), /db1/)
})

test('a node that is drained says so, tells it apart where that is asked for, and comes back', async (t) => {
  const { listener, ready } = await listen(t, {})
  listener.setDraining(true)
  const out = await ready()
  assert.deepEqual([out.status, out.checks, out.connection], [503, { draining: 'failed' }, 'close'])
  assert.equal((await ready('?draining=404')).status, 404)
  listener.setDraining(false)
  assert.equal((await ready('?draining=404')).status, 200)
})

test('a failure is no drain, whoever asks', async (t) => {
  const { ready } = await listen(t, { checks: { sql: () => Promise.reject(new Error('x')) } })
  assert.equal((await ready('?draining=404')).status, 503)
})

test('who leaves goes on serving until the balancers that ask have heard of it', async (t) => {
  const { listener, ready } = await listen(t, {}, { drainNoticeMs: 600 })
  assert.equal((await ready()).status, 200)
  const drained = listener.drain()
  assert.equal((await ready()).status, 503)
  listener.setDraining(false)
  assert.equal((await ready()).status, 503, 'there is no way back')
  await drained
  await assert.rejects(ready())
})
