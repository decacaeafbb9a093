import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPositions, type Positions } from './positions.ts'

const headerOf = (positions: Positions) => positions.header(positions.known())['paquebot-position']

test('answers that arrive in another order than they were written take nothing away', () => {
  const positions = openPositions()
  positions.told(positions.known(), 'm:0-1-5')
  const first = positions.known()
  const second = positions.known()
  // Two writes under way at once: the later one answers first.
  positions.told(second, 'm:0-1-7')
  positions.told(first, 'm:0-1-6')
  assert.equal(headerOf(positions), 'm:0-1-7 m:0-1-6')
  positions.told(positions.known(), 'm:0-1-7')
  assert.equal(headerOf(positions), 'm:0-1-7')
})

test('what push tells is told on, unless nothing is known: then the writer answers anyway', () => {
  const positions = openPositions()
  positions.add('p:1F')
  assert.equal(headerOf(positions), undefined)
  positions.told(positions.known(), 'p:10')
  positions.add('p:1F')
  assert.equal(headerOf(positions), 'p:10 p:1F')
})

test('after a lost request nothing is told, also when another that was under way comes back', () => {
  const positions = openPositions()
  positions.told(positions.known(), 'p:10')
  const underWay = positions.known()
  positions.forget()
  positions.told(underWay, 'p:20')
  assert.equal(headerOf(positions), undefined)
  positions.told(positions.known(), 'p:30')
  assert.equal(headerOf(positions), 'p:30')
})

test('more than the server takes is not told at all, rather than in part', () => {
  const positions = openPositions()
  positions.told(positions.known(), 'm:0-1-1')
  for (let at = 0; at < 100; at++) positions.add(`m:${at}-1-123456789`)
  assert.equal(headerOf(positions), undefined)
})
