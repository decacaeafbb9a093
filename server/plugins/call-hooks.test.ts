import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Failure, isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import type { HookHandlers, HookName } from '#plugin-api/hooks.ts'
import type { Context } from '#plugin-api/plugin.ts'
import { testCaller } from '#testing/caller.ts'
import { openBreaker } from './breaker.ts'
import { type LoadedPlugin, openHookCalls } from './call-hooks.ts'

interface Stub {
  readonly calls?: LoadedPlugin['calls']
  readonly handlers: HookHandlers
  readonly order?: Partial<Record<HookName, number>>
  readonly isRequired?: boolean
}

function open(stubs: Readonly<Record<string, Stub>>, timeLimitMs = 10_000) {
  const clock = { at: 0, now: () => clock.at }
  const outcomes: string[] = []
  const plugins = Object.entries(stubs).map(
    ([name, stub]): LoadedPlugin => ({
      name,
      handlers: stub.handlers,
      calls: stub.calls ?? {},
      order: stub.order ?? {},
      isRequired: stub.isRequired ?? false,
      breaker: openBreaker(clock),
      contextFor: (caller, signal) =>
        ({ accountId: caller?.account ?? null, address: caller?.address ?? null, signal }) as Context,
    }),
  )
  const called = (plugin: string, hook: string, outcome: string) => void outcomes.push(`${plugin} ${hook} ${outcome}`)
  const calls = openHookCalls({
    plugins,
    metrics: { called },
    log: silentLog,
    config: { timeLimitMs, backgroundTimeLimitMs: timeLimitMs, maxBlockingMs: 100 },
  })
  return { calls, clock, outcomes }
}

const caller = testCaller()
const asked = { filter: null }
const with1 = (words: string[]) => ({ filter: { text: words.join(' ') } })
/** Appends its word to the text of a filter. */
const adds = (word: string): HookHandlers => ({
  'email.query': ({ filter }) => with1([...(filter ? [String(filter.text)] : []), word]),
})

test('plugins are asked by their order, then as they were enabled; each sees what the one before made', async () => {
  const { calls, outcomes } = open({
    late: { handlers: adds('late'), order: { 'email.query': 90 } },
    first: { handlers: adds('first') },
    second: { handlers: adds('second') },
    early: { handlers: adds('early'), order: { 'email.query': 1 } },
  })
  assert.deepEqual(await calls.ask('email.query', asked, caller), with1(['early', 'first', 'second', 'late']))
  assert.equal(outcomes.at(-1), 'late email.query changed')
})

test('a plugin that ends it is heard with its text, and those after it are not asked', async () => {
  let isAsked = false
  const { calls } = open({
    no: { handlers: { 'email.destroy': () => ({ abort: 'This mailbox is kept.' }) } },
    later: { handlers: { 'email.destroy': () => void (isAsked = true) } },
  })
  await assert.rejects(calls.ask('email.destroy', { ids: ['1'] }, caller), (error: Failure) => {
    assert.deepEqual([error.code, error.detail.description], ['forbidden', 'This mailbox is kept.'])
    return true
  })
  assert.equal(isAsked, false)
})

test('what throws, hangs, or answers with something else changes nothing and takes no request with it', async () => {
  const { calls, outcomes } = open(
    {
      throws: {
        handlers: {
          'email.query': () => {
            throw new Error('plugin')
          },
        },
      },
      rejects: { handlers: { 'email.query': () => Promise.reject(new Error('plugin')) } },
      hangs: { handlers: { 'email.query': () => new Promise(() => {}) } },
      lies: { handlers: { 'email.query': () => ({ filter: 'text' }) as never } },
      shouts: { handlers: { 'email.query': () => 'text' as never } },
      works: { handlers: adds('works') },
    },
    200,
  )
  assert.deepEqual(await calls.ask('email.query', asked, caller), with1(['works']))
  assert.deepEqual(
    outcomes.map((line) => line.split(' ').at(-1)),
    ['failed', 'failed', 'timeout', 'failed', 'failed', 'changed'],
  )
})

test('members that a hook does not let plugins change are dropped', async () => {
  const { calls } = open({ a: { handlers: { 'email.destroy': () => ({ ids: ['2'] }) as never } } })
  assert.deepEqual(await calls.ask('email.destroy', { ids: ['1'] }, caller), { ids: ['1'] })
})

test('five failures within a minute switch a plugin off; after five minutes it is tried again', async () => {
  let count = 0
  const { calls, clock, outcomes } = open({
    bad: { handlers: { 'node.check': () => Promise.reject(new Error(String(count++))) } },
  })
  const ask = () => calls.ask('node.check', {}, null)
  for (let n = 0; n < 4; n++) await ask()
  clock.at += 61_000
  for (let n = 0; n < 4; n++) await ask()
  assert.equal(count, 8, 'the first four are forgotten')
  await ask()
  await ask()
  assert.equal(count, 9)
  assert.equal(outcomes.at(-1), 'bad node.check off')
  clock.at += 300_000
  await ask()
  assert.equal(count, 10)
})

test('a required plugin that fails or is off refuses what it was asked about', async () => {
  let isBroken = true
  const { calls, clock } = open({
    must: {
      isRequired: true,
      handlers: { 'email.destroy': () => (isBroken ? Promise.reject(new Error('down')) : undefined) },
    },
  })
  const ask = () => calls.ask('email.destroy', { ids: [] }, caller)
  const isUnavailable = (error: unknown) => isFailure(error, 'unavailable')
  for (let n = 0; n < 5; n++) await assert.rejects(ask(), isUnavailable)
  isBroken = false
  await assert.rejects(ask(), isUnavailable)
  clock.at += 300_000
  await ask()
})

test('a person who goes away ends the waiting, which is no failure of the plugin', async () => {
  const gone = new AbortController()
  const { calls, outcomes } = open({ slow: { handlers: { 'email.destroy': () => new Promise(() => {}) } } })
  const asking = calls.ask('email.destroy', { ids: [] }, testCaller({ signal: gone.signal }))
  gone.abort()
  await assert.rejects(asking, (error) => isFailure(error, 'canceled'))
  assert.deepEqual(outcomes, [])
})

test('who is told is told beside the request, and waited for at the end', async () => {
  const heard: string[] = []
  const { calls } = open({
    a: {
      handlers: {
        'email.destroyed': async ({ ids }, { accountId }) => {
          await sleep(20)
          heard.push(`${accountId} ${ids.join()}`)
        },
      },
    },
    broken: { handlers: { 'email.destroyed': () => Promise.reject(new Error('plugin')) } },
  })
  calls.tell('email.destroyed', { ids: ['1', '2'] }, caller)
  assert.deepEqual(heard, [])
  await calls.settle()
  assert.deepEqual(heard, ['a-alice 1,2'])
})

test('a plugin that is slower than it is told is told no more, and no request waits', async () => {
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  let count = 0
  const { calls, outcomes } = open({
    slow: {
      handlers: {
        async 'email.destroyed'() {
          count++
          await gate
        },
      },
    },
  })
  for (let n = 0; n < 250; n++) calls.tell('email.destroyed', { ids: [] }, caller)
  assert.equal(outcomes.filter((line) => line.endsWith('dropped')).length, 50)
  release()
  await calls.settle()
  assert.equal(count, 200)
})

test('a plugin that holds the event loop is counted as failing', async () => {
  let count = 0
  const { calls } = open({
    heavy: {
      handlers: {
        'node.check'() {
          count++
          // Time of this thread's own: what else runs on the machine does not count.
          const from = process.threadCpuUsage()
          for (let used = 0; used < 110_000; ) {
            const { user, system } = process.threadCpuUsage(from)
            used = user + system
          }
        },
      },
    },
  })
  for (let n = 0; n < 6; n++) await calls.ask('node.check', {}, null)
  assert.equal(count, 5, 'switched off after the fifth')
})

test('a hook that nobody listens to costs next to nothing', async () => {
  const { calls } = open({ a: { handlers: {} } })
  assert.equal(calls.listens('email.query'), false)
  const from = process.threadCpuUsage()
  for (let n = 0; n < 100_000; n++) await calls.ask('email.query', asked, caller)
  const microseconds = process.threadCpuUsage(from).user / 100_000
  assert.ok(microseconds < 20, `${microseconds} µs each`)
})

test('a client part is answered by its own server part alone, as JSON, and told nothing of what went wrong', async () => {
  const { calls, clock, outcomes } = open(
    {
      one: {
        handlers: {},
        calls: {
          greet: (argument, { address }) => ({ to: address, argument, at: new Date(0), gone: undefined }),
          nothing: () => undefined,
          bad: () => {
            throw new Error('of the plugin')
          },
          loop: () => {
            const self: Record<string, unknown> = {}
            self.self = self
            return self
          },
          long: () => 'x'.repeat(65_536),
          never: () => new Promise(() => {}),
        },
      },
      other: { handlers: {}, calls: { mine: () => 1 } },
    },
    50,
  )
  const call = (name: string, plugin = 'one') => calls.callPlugin(plugin, name, [1], caller)
  const code = (call: Promise<unknown>) => call.then(String, (error: Failure) => error.code)
  const date = '1970-01-01T00:00:00.000Z'
  assert.deepEqual(await call('greet'), { to: caller.address, argument: [1], at: date })
  assert.equal(await call('nothing'), null)
  assert.deepEqual(outcomes.splice(0), ['one call greet done', 'one call nothing done'])
  for (const [name, plugin] of [
    ['mine', 'one'],
    ['toString', 'one'],
    ['greet', 'absent'],
  ] as const)
    assert.equal(await code(call(name, plugin)), 'notFound')
  for (const name of ['bad', 'loop', 'long', 'never']) assert.equal(await code(call(name)), 'unavailable')
  assert.deepEqual(outcomes.splice(0), [
    'one call bad failed',
    'one call loop failed',
    'one call long failed',
    'one call never timeout',
  ])
  await code(call('bad'))
  assert.equal(await code(call('greet')), 'unavailable', 'five failures switch it off')
  assert.equal(outcomes.at(-1), 'one call greet off')
  assert.equal(await call('mine', 'other'), 1)
  clock.at = 300_000
  assert.equal(await call('nothing'), null)
})
