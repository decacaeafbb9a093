import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkTyped } from './typed-link.ts'

test('an address without its scheme is a page or a mailbox', () => {
  assert.equal(linkTyped(' example.org/a?b '), 'https://example.org/a?b')
  assert.equal(linkTyped('example.org:8080'), 'https://example.org:8080/')
  assert.equal(linkTyped('http://example.org'), 'http://example.org/')
  assert.equal(linkTyped('me@example.org'), 'mailto:me@example.org')
  assert.equal(linkTyped('tel:+4930123'), 'tel:+4930123')
})

test('nothing that a browser would run, and no sentence, is a link', () => {
  for (const typed of ['', 'hello', 'two words.', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd']) {
    assert.equal(linkTyped(typed), null, typed)
  }
})
