import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilterCondition, FilterRule } from '#shared/jmap/filters.ts'
import type { JmapClient } from '../../jmap/client.ts'
import { isFor, obstacleOf, patchFor, runRule, searchFor } from './run-rule.ts'

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

interface AnyArgs {
  readonly position: number
  readonly limit: number
  readonly ids: readonly string[]
  readonly update: Readonly<Record<string, Readonly<Record<string, true | null>>>>
}

/** 250 messages in the inbox; `fails` says which call of Email/set gets no answer. */
function server(fails: (call: number) => boolean) {
  const boxes = new Map(Array.from({ length: 250 }, (_, at) => [`e${at}`, new Set(['inbox'])]))
  let sets = 0
  const answers: Record<string, (args: AnyArgs) => unknown> = {
    'Email/query': ({ position, limit }) => ({ ids: [...boxes.keys()].slice(position, position + limit) }),
    'Email/get': ({ ids }) => ({
      list: ids.map((id) => ({
        ...email,
        id,
        mailboxIds: Object.fromEntries([...boxes.get(id)!].map((box) => [box, true])),
      })),
    }),
    'Email/set': ({ update }) => {
      if (fails(++sets)) throw new Error('no answer')
      for (const [id, patch] of Object.entries(update)) {
        if (id === 'e7') continue
        for (const [path, value] of Object.entries(patch)) {
          const box = path.slice('mailboxIds/'.length)
          if (value === true) boxes.get(id)!.add(box)
          else boxes.get(id)!.delete(box)
        }
      }
      return { notUpdated: 'e7' in update ? { e7: { type: 'forbidden' } } : null }
    },
  }
  const client = { accountId: 'a', call: async (name: string, args: AnyArgs) => answers[name]!(args) }
  const inWork = () => [...boxes.values()].filter((in_) => in_.has('work') && !in_.has('inbox')).length
  return { client: client as unknown as JmapClient, inWork }
}
const options = (over: { signal?: AbortSignal } = {}) => ({
  inMailbox: 'inbox',
  trash: 'trash',
  signal: new AbortController().signal,
  onProgress: () => {},
  ...over,
})

test('a run goes through all parcels, tells what was refused, and is taken back', async () => {
  const { client, inWork } = server(() => false)
  const { changed, failed, undo } = await runRule(client, rule(), options())
  assert.deepEqual([changed, failed, inWork()], [249, 1, 249])
  await undo()
  assert.equal(inWork(), 0)
})

test('a run that breaks off tells what it did, which can still be taken back', async () => {
  const { client, inWork } = server((call) => call === 2)
  const { changed, failed, undo } = await runRule(client, rule(), options())
  assert.deepEqual([changed, failed, inWork()], [99, 151, 99])
  await undo()
  assert.equal(inWork(), 0)
  await assert.rejects(runRule(server(() => true).client, rule(), options()), /no answer/)
})

test('a run that is stopped goes no further than its parcel', async () => {
  const { client, inWork } = server(() => false)
  const controller = new AbortController()
  const onProgress = (done: number) => {
    if (done > 0) controller.abort()
  }
  const { changed } = await runRule(client, rule(), { ...options({ signal: controller.signal }), onProgress })
  assert.deepEqual([changed, inWork()], [199, 199])
})
