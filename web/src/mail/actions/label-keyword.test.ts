import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keywordFor, nameIn } from './label-keyword.ts'

/** RFC 9051 §9: atom; RFC 8621 §4.1.1. */
const isAtom = (keyword: string) => /^[\x21-\x7e]{1,255}$/.test(keyword) && !/[(){%*"\\\]]/.test(keyword)

test('a name in any script becomes an atom, and can be read out of it again', () => {
  for (const name of [
    'work',
    'to do',
    'müller',
    'важно',
    '仕事',
    'שלום',
    'a_b',
    'x=3d',
    '100 %',
    '(quoted) "*"',
    '🚀',
  ]) {
    const keyword = keywordFor(name)
    assert.ok(isAtom(keyword), keyword)
    assert.equal(nameIn(keyword), name)
  }
})

test('two spellings of one name are one label: case, composed letters, white space', () => {
  assert.equal(keywordFor('To  Do '), 'to_do')
  assert.equal(keywordFor('Mu\u0308ller'), keywordFor('müller'))
})

test('names of the system, of nothing and of endless length are none', () => {
  assert.deepEqual(['$seen', '   ', 'я'.repeat(50)].map(keywordFor), ['', '', ''])
})

test('another program’s keyword is shown as it is', () => {
  assert.equal(nameIn('NonJunk=ff'), 'NonJunk=ff')
  assert.equal(nameIn('a=b'), 'a=b')
  assert.equal(nameIn('50%'), '50%')
})
