import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askAgain } from './ask-again.ts'

const answer = (text: string) => new Response(text)
const textOf = async (response: Promise<Response>) => (await response).text()
/** Says nothing until it is broken off. */
const silence = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('an answer that comes in time is asked for once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let asked = 0
  const text = await textOf(askAgain(async () => answer(`${++asked}`), undefined, 100))
  t.mock.timers.tick(1_000)
  assert.deepEqual([text, asked], ['1', 1])
})

test('silence is met by asking again, and the silent request is broken off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const signals: AbortSignal[] = []
  const whole = textOf(
    askAgain(
      (signal) => (signals.push(signal) === 1 ? silence(signal) : Promise.resolve(answer('second'))),
      undefined,
      100,
    ),
  )
  t.mock.timers.tick(99)
  assert.equal(signals.length, 1)
  t.mock.timers.tick(1)
  assert.equal(await whole, 'second')
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  )
})

test('a failure before that is told at once; after it the other one is waited for', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let asked = 0
  const failing = askAgain(() => Promise.reject(new Error(`no ${++asked}`)), undefined, 100)
  await assert.rejects(failing, /no 1/)
  t.mock.timers.tick(1_000)
  assert.equal(asked, 1)
  const fails: ((error: Error) => void)[] = []
  const both = askAgain(() => new Promise((_, reject) => fails.push(reject)), undefined, 100)
  t.mock.timers.tick(100)
  fails[0]?.(new Error('first'))
  fails[1]?.(new Error('second'))
  await assert.rejects(both, /second/)
})

test('who asked may break both off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const stop = new AbortController()
  const asked = askAgain(silence, stop.signal, 100)
  t.mock.timers.tick(100)
  stop.abort(new Error('stopped'))
  await assert.rejects(asked, /stopped/)
})
