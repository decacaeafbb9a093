import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likelyTypo } from './likely-typo.ts'

test('domains that look like a well-known one are told', () => {
  assert.equal(likelyTypo('ada@gmial.com', []), 'ada@gmail.com')
  assert.equal(likelyTypo('Ada.L+x@hotmial.com', []), 'Ada.L+x@hotmail.com')
  assert.equal(likelyTypo('ada@outlok.com', []), 'ada@outlook.com')
})

test('the domains of people one knows are right, and what is meant', () => {
  const known = [{ email: 'bob@shipping.example' }, { email: 'eve@gmial.com' }]
  assert.equal(likelyTypo('ada@shiping.example', known), 'ada@shipping.example')
  assert.equal(likelyTypo('ada@gmial.com', known), null)
})

test('what is right, unlike any, or no address, is left alone', () => {
  for (const email of ['ada@gmail.com', 'ada@GMAIL.com', 'ada@example.org', 'ada@uni-bremen.de', 'ada', '', 'a@b'])
    assert.equal(likelyTypo(email, []), null, email)
})
