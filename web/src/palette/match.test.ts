import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchLabel } from './match.ts'

const marked = (label: string, typed: string) => {
  const match = matchLabel(label, typed)
  return match?.ranges.map(([from, to]) => label.slice(from, to))
}

test('each word must be there, in any order, without regard to case and accents', () => {
  assert.deepEqual(marked('Mark as unread', 'UNREAD mark'), ['Mark', 'unread'])
  assert.deepEqual(marked('Réglages généraux', 'genera'), ['généra'])
  assert.equal(matchLabel('Mark as unread', 'mark spam'), null)
})

test('a sign that takes two units, or loses a mark, is marked whole', () => {
  assert.deepEqual(marked('Übersicht', 'uber'), ['Über'])
  assert.deepEqual(marked('📦 Archive', 'archive'), ['Archive'])
  assert.deepEqual(marked('📦 Archive', '📦'), ['📦'])
})

test('the beginning of the label goes before that of a word, and that before its middle; the shorter before the longer', () => {
  const labels = ['Unarchive', 'To the archive', 'Archive everything', 'Archive']
  const sorted = labels
    .map((label) => ({ label, score: matchLabel(label, 'archive')?.score ?? 0 }))
    .sort((a, b) => b.score - a.score)
  assert.deepEqual(
    sorted.map(({ label }) => label),
    ['Archive', 'Archive everything', 'To the archive', 'Unarchive'],
  )
})

test('nothing typed fits everything and marks nothing', () => {
  assert.deepEqual(matchLabel('Archive', '  ')?.ranges, [])
})
