import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseSubject } from './base-subject.ts'

test('replies, forwards and list tags have the base subject of what they answer', () => {
  for (const subject of [
    'Lunch',
    'Re: Lunch',
    'RE: re[2]: Lunch',
    'Fwd: Lunch',
    'Fw: Re: Lunch',
    '[team] Lunch',
    'Re: [team] Lunch',
    '[team] Re: Lunch',
    'Lunch (fwd)',
    '[Fwd: Lunch]',
    '  Lunch   ',
  ]) {
    assert.equal(baseSubject(subject), 'Lunch', subject)
  }
  assert.equal(baseSubject('[team]'), '[team]')
  assert.equal(baseSubject('Reference: Lunch'), 'Reference: Lunch')
  assert.equal(baseSubject('Re:'), '')
})

test('only the first thousand characters of a subject count, so that a hostile one costs nothing', () => {
  assert.equal(baseSubject(`${'re: '.repeat(250)}x`), '')
  assert.equal(baseSubject(' (fwd)'.repeat(160)), '')
})
