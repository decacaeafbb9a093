import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDateTime, parseDateTime } from './date-time.ts'
import { decodeMailboxName, encodeMailboxName } from './mailbox-name.ts'
import {
  expandRanges,
  formatSet,
  intersects,
  mergeSets,
  parseRanges,
  parseSet,
  setHas,
  splitSet,
  toSet,
} from './number-set.ts'
import { ProtocolError } from './protocol-error.ts'

const decode = (raw: string, isUtf8 = false) => decodeMailboxName(Buffer.from(raw, 'latin1'), isUtf8)
const encode = (name: string, isUtf8 = false) => encodeMailboxName(name, isUtf8).toString('latin1')

test('mailbox names survive the way to the server and back', () => {
  for (const name of [
    'INBOX',
    'a&b',
    '&',
    'Entwürfe',
    '台北/日本語',
    '😀 folder',
    'tilde~',
    'a&-b',
    '\u{10fffe}x'.slice(2),
  ]) {
    assert.equal(decode(encode(name)), name)
    assert.equal(decode(encode(name, true), true), name)
  }
  assert.equal(encode('台北'), '&U,BTFw-')
  assert.equal(decode('inBox'), 'INBOX')
})

test('names that are no modified UTF-7 stay reachable, octet for octet', () => {
  for (const raw of ['R&D', 'a&', '&AGE-', '&2D0-', 'caf\xe9', '\xc3\xa4', '&AAo-x', '&U,BTFw', '&-&x y-']) {
    assert.equal(encode(decode(raw)), raw)
  }
  assert.notEqual(decode('R&D'), decode('R&-D'))
})

test('dates are read in their zone and written in UTC', () => {
  const at = Date.UTC(2026, 0, 5, 7, 8, 9)
  assert.equal(formatDateTime(at), ' 5-Jan-2026 07:08:09 +0000')
  const text = Buffer.from(`"${formatDateTime(at)}"`)
  assert.equal(parseDateTime(text, 1, 26), at)
  assert.equal(parseDateTime(Buffer.from('"5-jan-2026 09:08:09 +0200"'), 1, 25), at)
  assert.equal(parseDateTime(Buffer.from('"xx-Jan-2026 09:08:09 +0200"'), 1, 26), null)
  assert.equal(parseDateTime(Buffer.from('"05-Foo-2026 09:08:09 +0200"'), 1, 26), null)
})

test('sets are the shortest ranges, and come back the same', () => {
  assert.equal(formatSet(toSet([5, 1, 2, 3, 3, 9, 8])), '1:3,5,8:9')
  assert.deepEqual(parseSet('8:9,5,3:1'), toSet([1, 2, 3, 5, 8, 9]))
  assert.deepEqual(mergeSets(toSet([1, 5]), toSet([2, 3])), toSet([1, 2, 3, 5]))
  assert.ok(intersects(parseSet('1:3,9'), parseSet('5,8:9')) && !intersects(parseSet('1:3,9'), parseSet('4:8,10')))
  assert.ok(setHas(parseSet('1:3,7,9:12'), 11) && !setHas(parseSet('1:3,7,9:12'), 8))
  assert.deepEqual([...expandRanges(parseRanges('3:1,7'))], [3, 2, 1, 7])
})

test('what is no set is refused', () => {
  for (const text of ['', 'a', '1:', '1:*', '4294967296', '-1', '1,,2'])
    assert.throws(() => parseRanges(text), ProtocolError)
  assert.throws(() => formatSet([]), RangeError)
  assert.throws(() => formatSet([[0, 1]]), RangeError)
})

test('a long set is split into lines that servers take, losing nothing', () => {
  const set = toSet(Array.from({ length: 5000 }, (_, i) => 2 * i + 1))
  const pieces = splitSet(set, 1000)
  assert.ok(pieces.length > 10 && pieces.every((piece) => formatSet(piece).length <= 1000))
  assert.deepEqual(mergeSets(...pieces), set)
})
