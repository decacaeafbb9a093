import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainToASCII } from 'node:url'
import { decodeDomain } from './decode-punycode.ts'

test('what the wire carries is read as it was written', () => {
  for (const domain of [
    'bücher.example',
    'почта.рф',
    '日本語.jp',
    'ليهمابتكلموشعربي.example',
    'straße-und-gasse.de',
    '💌.la',
  ]) {
    assert.equal(decodeDomain(domainToASCII(domain)), domain)
  }
  assert.equal(decodeDomain('xn--pypal-4ve.com'), 'pаypal.com')
  assert.equal(decodeDomain('XN--BCHER-KVA.example'), 'BüCHER.example')
  assert.equal(decodeDomain('example.org'), 'example.org')
})

test('what is no label of that kind stays as it is', () => {
  for (const domain of ['xn--', 'xn--a!', 'xn--99999999', 'xn--zzzzzzzzzzzzzzzzzzzzzzzz', 'xn--bcher-kv']) {
    const decoded = decodeDomain(domain)
    assert.ok(decoded === domain || domainToASCII(decoded) !== '', domain)
  }
  assert.equal(decodeDomain('xn--a!'), 'xn--a!')
  assert.equal(decodeDomain(`xn--${'z'.repeat(60)}`), `xn--${'z'.repeat(60)}`)
})
