import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markedText } from './marked-text.ts'

test('what is marked is told apart from what is not', () => {
  assert.deepEqual(markedText('the <mark>tide</mark> is <mark>high</mark>'), [
    { text: 'the ', isFound: false },
    { text: 'tide', isFound: true },
    { text: ' is ', isFound: false },
    { text: 'high', isFound: true },
  ])
})

test('escapes are text again, once; any other markup is text as it stands', () => {
  assert.deepEqual(markedText('&lt;b&gt; &amp;lt; <mark>a &amp; b</mark><img src=x onerror=alert(1)>'), [
    { text: '<b> &lt; ', isFound: false },
    { text: 'a & b', isFound: true },
    { text: '<img src=x onerror=alert(1)>', isFound: false },
  ])
})
