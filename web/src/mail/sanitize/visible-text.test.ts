import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMisleading, safeLink } from './safe-link.ts'
import { nameHidesAddress, visibleAddress, visibleText } from './visible-text.ts'

test('a file name cannot turn its extension around', () => {
  assert.equal(visibleText('invoice\u202egpj.exe'), 'invoicegpj.exe')
  assert.equal(visibleText('a\u2067b\u2069\u200b.pdf\u0000\r\nX: y'), 'ab.pdf X: y')
})

test('a domain that mixes scripts is shown as it is on the wire, one of a single script as it is read', () => {
  assert.equal(visibleAddress('bill@pаypal.com'), 'bill@xn--pypal-4ve.com') // the first а is Cyrillic
  assert.equal(visibleAddress('a@аррӏе.com'), 'a@xn--80ak6aa92e.com') // all Cyrillic
  assert.equal(visibleAddress('a@bücher.example'), 'a@bücher.example')
  assert.equal(visibleAddress('иван@почта.рф'), 'иван@почта.рф')
})

test('a name that is another address is noticed', () => {
  assert.equal(nameHidesAddress('security@bank.example', 'evil@example.org'), true)
  assert.equal(nameHidesAddress('bob@example.test', 'Bob@example.test'), false)
  assert.equal(nameHidesAddress('Bob', 'bob@example.test'), false)
})

test('links lead to the web, to mail and to telephones alone', () => {
  for (const href of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://mail.example/1',
    '/jmap/session',
    '//example.com',
    'x',
    'about:blank',
    'ms-word:ofe|u|x',
  ]) {
    assert.equal(safeLink(href), null, href)
  }
  assert.equal(safeLink(' HTTPS://Example.com/ü'), 'https://example.com/%C3%BC')
})

test('a link that shows one host and leads to another is noticed', () => {
  assert.equal(isMisleading('https://bank.example/login', 'https://evil.example/'), true)
  assert.equal(isMisleading('www.bank.example', 'https://bank.example.evil.example/'), true)
  assert.equal(isMisleading('bank.example', 'https://www.bank.example/x'), false)
  assert.equal(isMisleading('Click here', 'https://evil.example/'), false)
})
