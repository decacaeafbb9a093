import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActionEntry, ActionKind, Entry } from '../load/journal.ts'
import { figuresOf, missedAims } from './figures.ts'

function action(at: number, ms: number, kind: ActionKind = 'list', outcome: 'done' | 'failed' = 'done'): ActionEntry {
  return { type: 'action', at, person: 'ann', action: kind, ms, outcome, requests: 1 }
}

test('the service was away from the last answer before the fault to the first after it', () => {
  const probes = [...[100, 200, 300], ...[4300, 4400, 5000]].map((at) => action(at, 50, 'probeWrite'))
  const figures = figuresOf([...probes, action(310, 2000, 'probeWrite', 'failed')], 0, 5100)
  assert.equal(figures.writeAwayMs, 4000)
  assert.equal(figures.actions, 0)
})

test('a service that does not come back is away until the end', () => {
  assert.equal(figuresOf([action(100, 50, 'probeRead')], 0, 9000).readAwayMs, 8850)
  assert.equal(figuresOf([], 0, 9000).readAwayMs, 9000)
})

test('failures are counted by reason, and what took long is shown', () => {
  const failed = { ...action(1500, 10, 'send', 'failed'), error: 'no' }
  const figures = figuresOf([action(100, 20), action(1200, 4000, 'read'), failed, failed], 0, 3000)
  assert.deepEqual(figures.failures, ['2 × send: no'])
  assert.equal(figures.slowestMs, 4000)
  assert.equal(figures.slowest, 'read')
  assert.deepEqual(figures.seconds, [
    [1, 0, 0],
    [1, 2, 1],
    [0, 0, 0],
  ])
})

test('each aim that was missed is said, and being logged out always is', () => {
  const out: Entry = { type: 'event', at: 5, person: 'ann', event: 'loggedOut' }
  const figures = figuresOf([action(0, 3500), action(1, 1, 'send', 'failed'), out], 0, 20_000)
  assert.equal(missedAims(figures, { noneFails: true, slowestMs: 3000, awayMs: 10_000 }).length, 5)
  assert.deepEqual(missedAims(figures, {}), ['1 times somebody was logged out'])
})
