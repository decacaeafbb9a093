import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchWords } from './search-words.ts'

test('text is split at white space, phrases in quotes stay whole, apostrophes and stray quotes are letters', () => {
  assert.deepEqual(searchWords('  hello  world '), ['hello', 'world'])
  assert.deepEqual(searchWords('"hello world" x'), ['hello world', 'x'])
  assert.deepEqual(searchWords("'a b' c"), ['a b', 'c'])
  assert.deepEqual(searchWords('don\'t 5" pipes'), ["don't", '5"', 'pipes'])
  assert.deepEqual(searchWords('say \\"hi\\" back\\\\slash'), ['say', '"hi"', 'back\\slash'])
  assert.deepEqual(searchWords('"open end'), ['"open', 'end'])
  assert.deepEqual(searchWords('""  '), [])
})
