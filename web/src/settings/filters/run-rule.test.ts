import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilterCondition, FilterRule } from '#shared/jmap/filters.ts'
import { isFor, obstacleOf, patchFor, searchFor } from './run-rule.ts'

const rule = (over: Partial<FilterRule> = {}): FilterRule => ({
  id: 'r',
  name: 'r',
  isEnabled: true,
  match: 'all',
  conditions: [],
  actions: [{ type: 'move', mailboxId: 'work', mailbox: 'Work' }],
  stops: false,
  ...over,
})
const text = (
  field: 'from' | 'to' | 'subject' | 'listId' | 'body' | 'header',
  op: 'contains' | 'containsNot' | 'is' | 'isNot',
  value: string,
): FilterCondition => ({
  field,
  op,
  value,
  header: field === 'header' ? 'X-Tag' : null,
})
const email = {
  id: 'e',
  mailboxIds: { inbox: true },
  keywords: { $seen: true },
  from: [{ name: 'Ann Lee', email: 'Ann@x.test' }],
  to: [{ name: null, email: 'me@y.test' }],
  cc: [{ name: null, email: 'cc@z.test' }],
  subject: 'Weekly report',
  size: 1000,
  hasAttachment: false,
  'header:List-Id:asRaw:all': [' News <news.x.test>'],
  'header:X-Tag:asRaw:all': [' One'],
} as const

test('each condition is looked at as Sieve would', () => {
  const cases: readonly (readonly [FilterCondition, boolean])[] = [
    [text('from', 'is', 'ann@X.test'), true],
    [text('from', 'is', 'nn@x.test'), false],
    [text('from', 'is', '@x.test'), true],
    [text('from', 'contains', 'ann lee'), true],
    [text('to', 'is', 'cc@z.test'), true],
    [text('to', 'isNot', 'me@y.test'), false],
    [text('subject', 'is', 'weekly report'), true],
    [text('subject', 'is', 'weekly'), false],
    [text('subject', 'containsNot', 'weekly'), false],
    [text('listId', 'is', 'news.x.test'), true],
    [text('listId', 'is', 's.x.test'), false],
    [text('header', 'is', 'one'), true],
    [text('header', 'isNot', 'one'), false],
    [{ field: 'size', op: 'over', size: 1000 }, false],
    [{ field: 'size', op: 'under', size: 1001 }, true],
    [{ field: 'attachment', op: 'hasNot' }, true],
  ]
  for (const [condition, expected] of cases) {
    assert.equal(isFor(rule({ conditions: [condition] }), email), expected, JSON.stringify(condition))
    assert.equal(isFor(rule({ match: 'any', conditions: [condition] }), email), expected, JSON.stringify(condition))
  }
})

test('the search leaves out nothing that the rule is for', () => {
  assert.deepEqual(searchFor(rule(), 'inbox'), { inMailbox: 'inbox' })
  assert.deepEqual(
    searchFor(
      rule({ match: 'any', conditions: [text('from', 'isNot', 'a@x'), text('body', 'contains', 'b')] }),
      'inbox',
    ),
    {
      inMailbox: 'inbox',
    },
  )
  assert.deepEqual(
    searchFor(rule({ conditions: [text('from', 'isNot', 'a@x'), { field: 'size', op: 'over', size: 9 }] }), 'inbox'),
    {
      operator: 'AND',
      conditions: [{ inMailbox: 'inbox' }, { operator: 'AND', conditions: [{ minSize: 10 }] }],
    },
  )
  assert.deepEqual(
    searchFor(
      rule({ match: 'any', conditions: [text('subject', 'containsNot', 'a'), text('listId', 'is', 'b')] }),
      'inbox',
    ),
    {
      operator: 'AND',
      conditions: [
        { inMailbox: 'inbox' },
        {
          operator: 'OR',
          conditions: [{ operator: 'NOT', conditions: [{ subject: 'a' }] }, { header: ['List-Id', 'b'] }],
        },
      ],
    },
  )
})

test('what cannot be run over mail that is there says why', () => {
  assert.equal(obstacleOf(rule()), null)
  assert.equal(obstacleOf(rule({ actions: [{ type: 'reject', reason: 'x' }] })), 'rejects')
  assert.equal(obstacleOf(rule({ actions: [{ type: 'forward', email: 'a@x', keepsCopy: true }] })), 'forwards')
  assert.equal(obstacleOf(rule({ actions: [{ type: 'move', mailboxId: null, mailbox: 'Gone' }] })), 'missing')
  assert.equal(obstacleOf(rule({ actions: [], stops: true })), 'empty')
  const mixed = [text('body', 'contains', 'a'), text('from', 'is', 'b@x')]
  assert.equal(obstacleOf(rule({ match: 'any', conditions: mixed })), 'inexact')
  assert.equal(obstacleOf(rule({ match: 'all', conditions: mixed })), null)
  assert.equal(obstacleOf(rule({ conditions: [text('header', 'is', 'ü')] })), 'inexact')
})

test('a message is changed by what is missing alone, and the way back is exact', () => {
  const folders = { from: 'inbox', trash: 'trash' }
  const both = rule({
    actions: [
      { type: 'move', mailboxId: 'work', mailbox: '' },
      { type: 'keyword', keyword: '$seen' },
      { type: 'keyword', keyword: 'a/b' },
    ],
  })
  assert.deepEqual(patchFor(both, email, folders), {
    patch: { 'mailboxIds/work': true, 'mailboxIds/inbox': null, 'keywords/a~1b': true },
    back: { 'mailboxIds/work': null, 'mailboxIds/inbox': true, 'keywords/a~1b': null },
  })
  assert.deepEqual(patchFor(rule({ actions: [{ type: 'discard' }] }), email, folders).patch, {
    'mailboxIds/trash': true,
    'mailboxIds/inbox': null,
  })
  const here = rule({ actions: [{ type: 'move', mailboxId: 'inbox', mailbox: '' }] })
  assert.deepEqual(patchFor(here, email, folders), { patch: {}, back: {} })
})
