import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSearch } from './search.ts'

const now = new Date(2026, 2, 9, 12, 0, 0)
const mailboxId = (name: string) => ({ inbox: 'mb1', work: 'mb2', 'big plans': 'mb3' })[name]
const parse = (input: string) => parseSearch(input, { now, mailboxId })
const filterOf = (input: string) => parse(input).filter
const localMidnight = (...args: [number, number, number]) => new Date(...args).toISOString().replace('.000Z', 'Z')

test('words are all wanted, quotes keep them together', () => {
  assert.equal(filterOf('   '), null)
  assert.deepEqual(filterOf('ship'), { text: 'ship' })
  assert.deepEqual(filterOf('ship "le havre"'), {
    operator: 'AND',
    conditions: [{ text: 'ship' }, { text: 'le havre' }],
  })
  assert.deepEqual(filterOf('"never closed'), { text: 'never closed' })
})

test('operators name what to search, in any case, with quoted values', () => {
  assert.deepEqual(filterOf('From:ada'), { from: 'ada' })
  assert.deepEqual(filterOf('subject:"big plans"'), { subject: 'big plans' })
  assert.deepEqual(filterOf('to:ada@example.test'), { to: 'ada@example.test' })
  assert.deepEqual(filterOf('is:unread'), { notKeyword: '$seen' })
  assert.deepEqual(filterOf('filename:map.pdf'), {
    operator: 'AND',
    conditions: [{ hasAttachment: true }, { attachmentName: 'map.pdf' }],
  })
  assert.deepEqual(filterOf('has:attachment'), { hasAttachment: true })
  assert.deepEqual(filterOf('label:Travel'), { hasKeyword: 'travel' })
})

test('in: finds folders by name, and anywhere takes the restriction away', () => {
  assert.deepEqual(filterOf('in:"Big Plans"'), { inMailbox: 'mb3' })
  assert.equal(filterOf('in:anywhere'), null)
  assert.equal(parse('in:anywhere ship').namesFolder, true)
  assert.equal(parse('ship').namesFolder, false)
})

test('sizes and dates are read as people write them', () => {
  assert.deepEqual(filterOf('larger:5M'), { minSize: 5 * 1024 * 1024 })
  assert.deepEqual(filterOf('smaller:100kb'), { maxSize: 102_400 })
  assert.deepEqual(filterOf('before:2026-03-09'), { before: localMidnight(2026, 2, 9) })
  assert.deepEqual(filterOf('after:2025'), { after: localMidnight(2025, 0, 1) })
  assert.deepEqual(filterOf('after:yesterday'), { after: localMidnight(2026, 2, 8) })
  assert.deepEqual(filterOf('newer_than:2w'), { after: new Date(2026, 1, 23, 12).toISOString().replace('.000Z', 'Z') })
})

test('OR binds weaker than words beside one another, minus takes the next, groups nest', () => {
  assert.deepEqual(filterOf('a b OR c'), {
    operator: 'OR',
    conditions: [{ operator: 'AND', conditions: [{ text: 'a' }, { text: 'b' }] }, { text: 'c' }],
  })
  assert.deepEqual(filterOf('-from:ada'), { operator: 'NOT', conditions: [{ from: 'ada' }] })
  assert.deepEqual(filterOf('x (from:a OR from:b)'), {
    operator: 'AND',
    conditions: [{ text: 'x' }, { operator: 'OR', conditions: [{ from: 'a' }, { from: 'b' }] }],
  })
  assert.deepEqual(filterOf('-(a b)'), {
    operator: 'NOT',
    conditions: [{ operator: 'AND', conditions: [{ text: 'a' }, { text: 'b' }] }],
  })
})

test('what is not understood is searched for as typed, and half a query is no error', () => {
  assert.deepEqual(filterOf('re:zero'), { text: 're:zero' })
  assert.deepEqual(filterOf('before:2026-02-31'), { text: 'before:2026-02-31' })
  assert.deepEqual(filterOf('in:nowhere'), { text: 'in:nowhere' })
  assert.equal(filterOf('from:'), null)
  assert.deepEqual(filterOf('OR a OR'), { text: 'a' })
  assert.deepEqual(filterOf('a ) b'), { operator: 'AND', conditions: [{ text: 'a' }, { text: 'b' }] })
  assert.deepEqual(filterOf('(a'), { text: 'a' })
  assert.deepEqual(filterOf('well-known'), { text: 'well-known' })
  assert.equal(filterOf('-'), null)
})

test('words to highlight are those that must be there', () => {
  assert.deepEqual(parse('ship -wreck subject:"le havre" from:ada').words, ['ship', 'le havre'])
})

test('any input at all gives a filter of bounded depth', () => {
  const signs = ['(', ')', '-', 'OR', '"', ':', 'from:', 'a', ' ', 'in:', '🚢', '\u0000']
  let seed = 7
  for (let round = 0; round < 3_000; round++) {
    let input = ''
    for (let i = 0; i < 30; i++) {
      seed = (seed * 1103515245 + 12345) % 2147483648
      input += signs[seed % signs.length]
    }
    parse(input)
  }
  assert.ok(JSON.stringify(filterOf(`${'('.repeat(5_000)}a`)).length < 100)
})
