import assert from 'node:assert/strict'
import { test } from 'node:test'
import { line, runSteps, type StepResult } from './run-steps.ts'

function depsWith(patienceMs = 1_000) {
  const told: StepResult[] = []
  let now = 0
  return {
    told,
    now: () => (now += 5),
    patienceMs,
    screenshot: async (step: string) => `${step}.png`,
    tell: (result: StepResult) => void told.push(result),
  }
}
const passes = async () => undefined
const fails = () => Promise.reject(new Error('no such button\nCall log: …'))

test('a step that fails has its first line and a picture; what needs it is left out, what does not goes on', async () => {
  const deps = depsWith()
  const results = await runSteps(deps, [
    { name: 'a', run: async () => 'seen' },
    { name: 'b', needs: ['a'], run: fails },
    { name: 'c', needs: ['b'], run: passes },
    { name: 'd', needs: ['c'], run: passes },
    { name: 'e', needs: ['a'], run: passes },
  ])
  assert.deepEqual(
    results.map(({ name, outcome }) => [name, outcome]),
    [
      ['a', 'passed'],
      ['b', 'failed'],
      ['c', 'left out'],
      ['d', 'left out'],
      ['e', 'passed'],
    ],
  )
  assert.deepEqual(results[1], { name: 'b', ms: 5, outcome: 'failed', error: 'no such button', screenshot: 'b.png' })
  assert.deepEqual(results, deps.told)
  assert.match(
    results.map((result) => line(result)).join('\n'),
    /^✔ a +0\.0 s {2}seen\n✖ b .*no such button\n– c +needs «b»/,
  )
})

test('a step that never ends fails in time, and one whose picture cannot be made fails as itself', async () => {
  const deps = { ...depsWith(20), screenshot: () => Promise.reject(new Error('page closed')) }
  const [result] = await runSteps(deps, [{ name: 'waits', run: () => new Promise<undefined>(() => {}) }])
  assert.equal(result?.outcome, 'failed')
  assert.match((result as { error: string }).error, /not done after 0 s/)
})
