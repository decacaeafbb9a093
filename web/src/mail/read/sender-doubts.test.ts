import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailAuthentication } from '#shared/jmap/settings.ts'
import { type SenderFacts, senderDoubts } from './sender-doubts.ts'

const doubts = (email: string, more: Partial<SenderFacts> & { name?: string } = {}) =>
  senderDoubts({
    from: { name: more.name ?? null, email },
    authentication: null,
    knownDomains: new Set(['paypal.com', 'example.org']),
    isFirst: false,
    ...more,
  })

test('of a sender without fault nothing is said', () => {
  assert.deepEqual(doubts('ann@example.org', { name: 'Ann' }), [])
  assert.deepEqual(doubts('иван@почта.рф'), [])
  assert.deepEqual(doubts('a@bücher.example'), [])
  assert.deepEqual(doubts(''), [])
})

test('each doubt is told with what it is about', () => {
  const failed = { verdict: 'fail', server: 'mx.example.net' } as EmailAuthentication
  assert.deepEqual(doubts('ann@example.org', { authentication: failed, isFirst: true }), [
    { kind: 'notAuthentic', domain: 'example.org', server: 'mx.example.net' },
    { kind: 'isFirst' },
  ])
  assert.deepEqual(doubts('x@evil.example', { name: 'service@paypal.com' }), [
    { kind: 'nameIsAddress', name: 'service@paypal.com' },
  ])
  const alike = [{ kind: 'passesFor', domain: 'xn--pypal-4ve.com', other: 'paypal.com' }]
  assert.deepEqual(doubts('x@pаypal.com'), alike)
  assert.deepEqual(doubts('x@xn--pypal-4ve.com'), alike)
  assert.deepEqual(doubts('x@pаypal.com', { knownDomains: null }), [
    { kind: 'mixesLetters', domain: 'xn--pypal-4ve.com', shownAs: 'pаypal.com' },
  ])
})
