import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { searchKeys } from './search-keys.ts'

test('each word of a text is looked for in addresses, subject and body, and all must be found', () => {
  const keys = searchKeys({ text: 'two words' })
  assert.equal(keys?.length, 2)
  assert.match(JSON.stringify(keys?.[0]), /^\{"or":\[\{"in":"FROM","text":"two"\}/)
  assert.deepEqual(searchKeys({ subject: '"a phrase" b', from: 'ann' }), [
    { in: 'FROM', text: 'ann' },
    { in: 'SUBJECT', text: 'a phrase' },
    { in: 'SUBJECT', text: 'b' },
  ])
  assert.equal(searchKeys({ hasKeyword: '$seen' }), null)
})

test('no text carries a line break, NUL or half a character, and no header name more than a name', () => {
  const [key] = searchKeys({ body: '"x\r\nA1 DELETE INBOX\r\n"' }) ?? []
  assert.deepEqual(key, { in: 'BODY', text: 'x A1 DELETE INBOX' })
  assert.deepEqual(searchKeys({ header: ['X-Any', 'a\0b\r\nc\ud800'] }), [{ header: 'X-Any', text: 'a b c\ufffd' }])
  for (const name of ['a b', 'a\r\nb', '', 'a:b', 'a"b', 'ä', 'x'.repeat(300)]) {
    assert.throws(
      () => searchKeys({ header: [name] }),
      (error) => error instanceof Failure && error.code === 'unsupportedFilter',
    )
  }
})
