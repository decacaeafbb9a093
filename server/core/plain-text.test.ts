import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from './plain-text.ts'

test('control characters, line breaks and marks of direction become single spaces', () => {
  assert.equal(plainText(' a\u0000\u001b[31m\r\nb\u202ec\u2066\u2029d\u0085 ', 50), 'a [31m b c d')
  assert.equal(plainText('ＤＡＳ ist καλό 👩‍🚀', 50), 'ＤＡＳ ist καλό 👩‍🚀')
})

test('a long text is cut within its bound, no character in halves', () => {
  assert.equal(plainText('abcdef', 4), 'abc…')
  assert.equal(plainText('ab😀cd', 4), 'ab…')
  assert.ok(plainText('😀'.repeat(400), 500).isWellFormed())
})
