import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from './errors.ts'
import { openKeyRing } from './seal.ts'

const old = { id: 'k1', key: randomBytes(32) }
const young = { id: 'k2', key: randomBytes(32) }
const unauthenticated = (error: unknown) => isFailure(error, 'unauthenticated')

test('what was sealed opens with the same purpose, context and client secret', () => {
  const ring = openKeyRing([young])
  assert.equal(ring.unseal('session', 'row1', ring.seal('session', 'row1', 'pässword', 'cookie'), 'cookie'), 'pässword')
})

test('it opens with nothing else', () => {
  const ring = openKeyRing([young])
  const sealed = ring.seal('session', 'row1', 'secret', 'cookie')
  assert.throws(() => ring.unseal('outbox', 'row1', sealed, 'cookie'), unauthenticated)
  assert.throws(() => ring.unseal('session', 'row2', sealed, 'cookie'), unauthenticated)
  assert.throws(() => ring.unseal('session', 'row1', sealed, 'other'), unauthenticated)
  assert.throws(() => ring.unseal('session', 'row1', sealed), unauthenticated)
  assert.throws(() => ring.unseal('session', 'row1', `${sealed.slice(0, -2)}AA`, 'cookie'), unauthenticated)
  assert.throws(() => ring.unseal('session', 'row1', 'k2.AAAA', 'cookie'), unauthenticated)
  assert.throws(
    () => openKeyRing([{ id: 'k2', key: randomBytes(32) }]).unseal('session', 'row1', sealed, 'cookie'),
    unauthenticated,
  )
})

test('a rotated ring opens what the old key sealed and says that it is stale', () => {
  const sealed = openKeyRing([old]).seal('session', 'row1', 'secret')
  const ring = openKeyRing([young, old])
  assert.equal(ring.unseal('session', 'row1', sealed), 'secret')
  assert.equal(ring.isStale(sealed), true)
  assert.equal(ring.isStale(ring.seal('session', 'row1', 'secret')), false)
  assert.throws(() => openKeyRing([young]).unseal('session', 'row1', sealed), unauthenticated)
})

test('a signature holds for its purpose and text, across a rotation', () => {
  const signature = openKeyRing([old]).sign('csrf', 'session1')
  const ring = openKeyRing([young, old])
  assert.equal(ring.verify('csrf', 'session1', signature), true)
  assert.equal(ring.verify('csrf', 'session2', signature), false)
  assert.equal(ring.verify('image', 'session1', signature), false)
  assert.equal(ring.verify('csrf', 'session1', ''), false)
})

test('a ring with a short key or none is refused', () => {
  assert.throws(
    () => openKeyRing([]),
    (error) => isFailure(error, 'badInput'),
  )
  assert.throws(
    () => openKeyRing([{ id: 'k1', key: randomBytes(16) }]),
    (error) => isFailure(error, 'badInput'),
  )
})
