import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAddress, parseAddresses, parseMailto } from './parse-addresses.ts'

test('addresses are read as people write and paste them', () => {
  assert.deepEqual(parseAddresses('Bob <bob@x.org>, "Doe, Jane \\"J\\"" <jane@x.org>;\n carol@x.org,'), [
    { name: 'Bob', email: 'bob@x.org' },
    { name: 'Doe, Jane "J"', email: 'jane@x.org' },
    { name: null, email: 'carol@x.org' },
  ])
})

test('what no server takes is known at once', () => {
  for (const email of [
    'bob',
    'bob@',
    '@x.org',
    'bob@x',
    'b ob@x.org',
    'bob@x.org\r\nRCPT TO:<eve@x.org>',
    'bob@x.org>',
    'a@b@c.org',
  ]) {
    assert.equal(isAddress(email), false, email)
  }
  assert.equal(isAddress("o'brien+tag@x-y.example.org"), true)
  assert.equal(isAddress('иван@почта.рф'), true)
})

test('a mailto link fills what it may and nothing else', () => {
  assert.deepEqual(
    parseMailto(
      'mailto:bob@x.org,Carol%20%3Ccarol@x.org%3E?subject=Hi%0D%0ABcc:%20eve@x.org&CC=dan@x.org&body=a%0D%0Ab%&from=x@y.z&attach=/etc/passwd',
    ),
    {
      to: [
        { name: null, email: 'bob@x.org' },
        { name: 'Carol', email: 'carol@x.org' },
      ],
      cc: [{ name: null, email: 'dan@x.org' }],
      bcc: [],
      subject: 'Hi Bcc: eve@x.org',
      body: 'a%0D%0Ab%',
    },
  )
})
