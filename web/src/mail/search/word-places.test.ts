import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordPlaces } from './word-places.ts'

const found = (text: string, ...words: string[]) =>
  wordPlaces(text, words).map(([start, end]) => text.slice(start, end))

test('words are found whatever the case, inside of others too, the longest first', () => {
  assert.deepEqual(found('Tides, the TIDE and a tidewater', 'tide', 'tidewater'), ['Tide', 'TIDE', 'tidewater'])
})

test('words are found in any script, composed or not', () => {
  assert.deepEqual(found('Новости ПОРТА: порт', 'порт'), ['ПОРТ', 'порт'])
  assert.deepEqual(found('港口の新聞', '新聞'), ['新聞'])
  assert.deepEqual(found('أخبار الميناء', 'الميناء'), ['الميناء'])
  assert.deepEqual(found('Mu\u0308nchen und München', 'münchen'), ['Mu\u0308nchen', 'München'])
})

test('a phrase is found over a line break, and what means something to patterns is text', () => {
  assert.deepEqual(found('the high\n tide (2.5 m)', 'high tide', '(2.5'), ['high\n tide', '(2.5'])
  assert.deepEqual(found('abc', '.', ' '), [])
})

test('there is an end to it', () => {
  assert.equal(wordPlaces('a'.repeat(5_000), ['a']).length, 1_000)
})
