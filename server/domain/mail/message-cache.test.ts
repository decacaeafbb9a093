import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMessageCache } from './message-cache.ts'
import { rawSource } from './message-source.ts'

const source = () => rawSource(Buffer.from('Subject: x\r\n\r\ny'))

test('the message used longest ago goes when the octets are too many', () => {
  const cache = openMessageCache(100)
  const [one, two, three] = [source(), source(), source()]
  cache.put('a', '1', one, 40)
  cache.put('a', '2', two, 40)
  assert.equal(cache.get('a', '1'), one)
  cache.put('a', '3', three, 40)
  assert.equal(cache.get('a', '2'), undefined)
  assert.equal(cache.get('a', '1'), one)
  assert.equal(cache.get('a', '3'), three)
})

test('one account never sees what another read', () => {
  const cache = openMessageCache(100)
  cache.put('a', '1', source(), 1)
  assert.equal(cache.get('b', '1'), undefined)
  cache.sizes('a', '1').set('2', 5)
  assert.equal(cache.sizes('b', '1').get('2'), undefined)
  assert.equal(cache.sizes('a', '1').get('2'), 5)
})

test('a message larger than the cache is not kept, and counts no longer', () => {
  const cache = openMessageCache(100)
  cache.put('a', '1', source(), 1000)
  assert.equal(cache.get('a', '1'), undefined)
  const kept = source()
  cache.put('a', '2', kept, 90)
  assert.equal(cache.get('a', '2'), kept)
})
