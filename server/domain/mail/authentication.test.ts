import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { readAuthentication } from './authentication.ts'

const read = (...lines: string[]) =>
  readAuthentication(parseHeaderFields(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)), ['mx.example.org'])
const results = (text: string) => `Authentication-Results: mx.example.org; ${text}`
const from = 'From: Bank <service@Bank.example>'
const verdict = (text: string, sender = from) => read(results(text), sender)?.verdict

test('what was found is told method by method, of each the topmost', () => {
  assert.deepEqual(
    read(
      results('dmarc=pass (p=reject) header.from=bank.example'),
      results('spf=pass smtp.mailfrom=bounce@mail.bank.example; dkim=pass header.i=@bank.example; arc=pass'),
      results('dmarc=fail header.from=bank.example; dkim=fail header.d=other.example'),
      from,
    ),
    {
      server: 'mx.example.org',
      spf: { result: 'pass', domain: 'mail.bank.example' },
      dkim: [{ result: 'pass', domain: 'bank.example' }],
      dmarc: { result: 'pass', domain: 'bank.example' },
      arc: { result: 'pass', domain: null },
      verdict: 'pass',
      fromDomain: 'bank.example',
    },
  )
  assert.equal(read(from), null)
  assert.equal(read('Authentication-Results: evil.example; dmarc=pass header.from=bank.example', from), null)
})

test('DMARC decides, for the domain of From alone', () => {
  assert.equal(verdict('dmarc=fail header.from=bank.example; dkim=pass header.d=bank.example'), 'fail')
  assert.equal(verdict('dmarc=pass header.from=other.example'), 'none')
  assert.equal(verdict('dmarc=temperror; dkim=pass header.d=bank.example'), 'none')
  assert.equal(verdict('dmarc=pass header.from=xn--bcher-kva.example', 'From: a@bücher.example'), 'pass')
})

test('without a policy, a signature or an envelope of that very domain, or of one above it, is enough', () => {
  assert.equal(verdict('dmarc=none; dkim=pass header.d=bank.example'), 'pass')
  assert.equal(verdict('dkim=pass header.d=bank.example', 'From: a@news.bank.example'), 'pass')
  assert.equal(verdict('spf=pass smtp.mailfrom=bank.example'), 'pass')
  assert.equal(verdict('dkim=pass header.d=list.example; dkim=pass header.d=bank.example'), 'pass')
  for (const text of [
    'dkim=pass header.d=example',
    'dkim=pass header.d=evilbank.example',
    'dkim=pass header.d=evil.bank.example',
    'dkim=fail header.d=bank.example',
    'spf=softfail smtp.mailfrom=bank.example',
    'dkim=pass',
    'none',
  ]) {
    assert.equal(verdict(text), 'none', text)
  }
})

test('nobody stands behind a message of two senders, or of none', () => {
  const passed = 'dmarc=pass header.from=bank.example; dkim=pass header.d=bank.example'
  assert.equal(verdict(passed, `${from}, Eve <eve@evil.example>`), 'none')
  assert.equal(read(results(passed), from, 'From: eve@evil.example')?.verdict, 'none')
  assert.deepEqual(read(results(passed), 'From: undisclosed:;')?.fromDomain, null)
  assert.equal(verdict(passed, 'Subject: x'), 'none')
})
