import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseForwarded } from './parse-forwarded.ts'

test('each proxy tells its client, its protocol and its host', () => {
  assert.deepEqual(parseForwarded('for=192.0.2.43;proto=https;host=mail.example.org, For="[2001:db8::17]:4711"'), [
    { for: '192.0.2.43', proto: 'https', host: 'mail.example.org' },
    { for: '2001:db8::17', proto: null, host: null },
  ])
  assert.deepEqual(
    parseForwarded('for="_hidden", for=unknown;by="203.0.113.1:80"')?.map((element) => element.for),
    ['_hidden', 'unknown'],
  )
  assert.equal(parseForwarded('for="192.0.2.43:47011"')?.[0]?.for, '192.0.2.43')
})

test('of a malformed header nothing holds', () => {
  for (const text of [
    '',
    'for',
    'for=',
    'for=1.1.1.1,',
    'for=1.1.1.1;',
    'for=a;for=b',
    'for="a',
    'for=a b',
    'x'.repeat(5000),
  ]) {
    assert.equal(parseForwarded(text), null, text)
  }
})
