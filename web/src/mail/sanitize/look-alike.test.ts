import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passesFor } from './look-alike.ts'

const known = ['example.org', 'paypal.com', 'uni-ulm.de', 'bank.co.uk', 'ab.de']
const like = (domain: string) => passesFor(domain, known)

test('a domain that passes for one that is known is told', () => {
  assert.equal(like('exarnple.org'), 'example.org')
  assert.equal(like('examp1e.org'), 'example.org')
  assert.equal(like('EXAMPIE.org'), 'example.org')
  assert.equal(like('xn--pypal-4ve.com'), 'paypal.com')
  assert.equal(like('pаypal.com'), 'paypal.com')
  assert.equal(like('payp\u00e1l.com'), 'paypal.com')
  assert.equal(like('mail.pаypal.com'), 'paypal.com')
  assert.equal(like('paypall.com'), 'paypal.com')
  assert.equal(like('papyal.com'), 'paypal.com')
  assert.equal(like('paypal.com.login.example'), 'paypal.com')
  assert.equal(like('www.paypal.com.example'), 'paypal.com')
})

test('one that is known, above or below it, and one that is just another, is not', () => {
  for (const domain of [
    'example.org',
    'Example.ORG',
    'news.example.org',
    'paypal.de',
    'uni-koeln.de',
    'other.com',
    'ac.de',
    'mybank.co.uk',
    'co.uk',
    'org',
    '',
  ]) {
    assert.equal(like(domain), null, domain)
  }
  assert.equal(passesFor('example.org', []), null)
})
