import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
import { testLimits } from '#testing/scripted-connection.ts'
import { Watchdog } from './watchdog.ts'

function watch(over: { readonly isReachable: () => Promise<boolean>; readonly command?: string | null }) {
  const ends: Failure[] = []
  const watchdog = new Watchdog({
    host: 'mail.example',
    limits: { ...testLimits, commandTimeoutMs: 60_000, suspectAfterMs: 20, reachTimeoutMs: 100 },
    waitingFor: () => (over.command === undefined ? 'FETCH' : over.command),
    isPaused: () => false,
    isReachable: over.isReachable,
    end: (failure) => {
      ends.push(failure)
      watchdog.rest()
    },
  })
  return { watchdog, ends }
}

test('what waits for a server that cannot be reached any more fails long before the time limit', async () => {
  const { watchdog, ends } = watch({ isReachable: async () => false })
  watchdog.arm()
  await eventually(
    () => ends.length,
    (count) => count === 1,
    'it is ended',
  )
  assert.deepEqual([ends[0]?.code, ends[0]?.detail.reason], ['timeout', 'the server cannot be reached any more'])
})

test('a server that is slow and there is waited for, and asked again', async () => {
  let asked = 0
  const { watchdog, ends } = watch({
    isReachable: async () => {
      asked++
      return true
    },
  })
  watchdog.arm()
  await eventually(
    () => asked,
    (count) => count > 2,
    'it is asked again',
  )
  assert.equal(ends.length, 0)
  watchdog.rest()
})

test('an answer that came meanwhile counts, not the question; where silence is right nobody asks', async () => {
  const asked = Promise.withResolvers<boolean>()
  const { watchdog, ends } = watch({ isReachable: () => asked.promise })
  watchdog.arm()
  await sleep(60)
  watchdog.hear()
  asked.resolve(false)
  await sleep(5)
  assert.equal(ends.length, 0)
  watchdog.rest()
  const idle = watch({ command: null, isReachable: () => assert.fail('asked') })
  idle.watchdog.arm()
  await sleep(60)
  assert.equal(idle.ends.length, 0)
})
