import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastTerm } from './last-term.ts'
import { type SuggestionSources, suggestSearch } from './suggest-search.ts'

const people = [
  { name: 'Ada Lovelace', email: 'ada@example.test' },
  { name: null, email: 'adam@example.test' },
]
const sources: SuggestionSources = {
  recent: ['from:bob harbour', 'lunch'],
  peopleFor: (words) => people.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(words)),
  folders: [
    { name: 'Big Plans', path: 'Work › Big Plans', key: 'Big Plans' },
    { name: 'Admin', path: 'Admin', key: 'Admin' },
    { name: 'Papierkorb', path: 'Papierkorb', key: 'trash' },
  ],
  labels: [{ name: 'Été', keyword: '=c3=89t=c3=a9' }],
  operators: [
    { name: 'from', meaning: 'who sent it' },
    { name: 'filename', meaning: 'an attachment' },
  ],
  forgetLabel: 'Forget them',
}
const texts = (typed: string) => suggestSearch(typed, sources).map(({ text }) => text)

test('an empty box offers the past, and to forget it', () => {
  assert.deepEqual(texts(''), ['from:bob harbour', 'lunch', ''])
  assert.deepEqual(suggestSearch(' ', { ...sources, recent: [] }), [])
})

test('the last word is completed to people, folders, labels and operators', () => {
  assert.deepEqual(texts('ad'), ['from:ada@example.test ', 'from:adam@example.test ', 'in:Admin '])
  assert.deepEqual(texts('ship f'), ['ship from:', 'ship filename:'])
  assert.deepEqual(texts('-ét'), ['-label:=c3=89t=c3=a9 '])
  assert.deepEqual(texts('lun'), ['lunch'])
  assert.deepEqual(texts('lunch'), [])
})

test('an operator is completed by what it knows', () => {
  assert.deepEqual(texts('to:ada'), ['to:ada@example.test ', 'to:adam@example.test '])
  assert.deepEqual(texts('ship in:pl'), ['ship in:"Big Plans" '])
  assert.deepEqual(texts('in:"big'), ['in:"Big Plans" '])
  assert.deepEqual(texts('in:papier'), ['in:trash '])
  assert.deepEqual(texts('in:tra'), ['in:trash '])
  assert.deepEqual(texts('is:un'), ['is:unread '])
  assert.deepEqual(texts('is:unread'), [])
  assert.deepEqual(texts('label:e'), [])
  assert.deepEqual(texts('larger:5'), [])
})

test('the last term is found behind words, quotes, minus and brackets', () => {
  assert.deepEqual(lastTerm('a b'), { before: 'a ', operator: undefined, value: 'b' })
  assert.deepEqual(lastTerm('"a b" From:x'), { before: '"a b" ', operator: 'from', value: 'x' })
  assert.deepEqual(lastTerm('(-in:"My fol'), { before: '(-', operator: 'in', value: 'My fol' })
  assert.deepEqual(lastTerm('a '), { before: 'a ', operator: undefined, value: '' })
  assert.deepEqual(lastTerm('"done"'), { before: '"done"', operator: undefined, value: '' })
})
