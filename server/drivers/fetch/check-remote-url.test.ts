import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { checkRemoteUrl } from './check-remote-url.ts'

const rules = { ownHosts: ['mail.example.com'], trustedOrigins: ['http://127.0.0.1:4711'] }

const refused: Readonly<Record<string, readonly string[]>> = {
  'IPv4 in decimal, hexadecimal, octal, short and mixed forms': [
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://0x7f.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://0/',
    'http://0x7f.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://%31%32%37.0.0.1/',
    'http://127.0.0.1./',
    'http://127。0。0。1/',
  ],
  'private, link-local and carrier-grade addresses': [
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://192.168.0.1/',
    'http://100.64.1.1/',
  ],
  'IPv6 in all forms that lead inside': [
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[fe80::1]/',
    'http://[fe80::1%25eth0]/',
    'http://[fd00::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:5ef5:79fd::1]/',
  ],
  userinfo: [
    'http://user@example.com/',
    'http://user:pw@example.com/',
    'http://@example.com/',
    'http://example.com@127.0.0.1/',
  ],
  'other ports': [
    'http://example.com:8080/',
    'http://example.com:22/',
    'https://example.com:80/',
    'http://example.com:443/',
  ],
  'other schemes': [
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'data:image/png;base64,AAAA',
    'javascript:alert(1)',
    'blob:http://example.com/1',
    'jar:http://example.com/!/',
    '//example.com/a.png',
    '/a.png',
    '',
  ],
  'names of the inside': [
    'http://localhost/',
    'http://LOCALHOST/',
    'http://x.localhost/',
    'http://intranet/',
    'http://printer.local/',
    'http://router.home.arpa/',
    'http://metadata.google.internal/',
  ],
  'trailing dots': ['http://example.com./', 'http://localhost./'],
  'our own names': ['https://mail.example.com/jmap/session', 'https://MAIL.example.com/', 'https://mail.example.com./'],
  'white space, controls and backslashes': [
    ' http://example.com/',
    'http://exa\tmple.com/',
    'ht\ntp://example.com/',
    'http://example.com\\@127.0.0.1/',
    'http:\\\\example.com/',
    'http://example.com/\r\nHost: inside',
    'http:/example.com/',
    'http:example.com/',
  ],
  'a URL that is too long': [`http://example.com/${'a'.repeat(8200)}`],
}

for (const [kind, urls] of Object.entries(refused)) {
  test(`a URL is refused: ${kind}`, () => {
    for (const url of urls) {
      assert.throws(
        () => checkRemoteUrl(url, rules),
        (error) => error instanceof Failure && (error.code === 'badInput' || error.code === 'forbidden'),
        url,
      )
    }
  })
}

test('URLs of the public web pass, without their fragment', () => {
  assert.equal(checkRemoteUrl('https://example.com/a.png?x=@1#top', rules).href, 'https://example.com/a.png?x=@1')
  assert.equal(checkRemoteUrl('http://example.com:80/a', rules).href, 'http://example.com/a')
  assert.equal(checkRemoteUrl('https://xn--bcher-kva.example/', rules).hostname, 'xn--bcher-kva.example')
  assert.equal(checkRemoteUrl('http://8.8.8.8', rules).hostname, '8.8.8.8')
  assert.equal(checkRemoteUrl('http://[2606:4700::1111]/', rules).hostname, '[2606:4700::1111]')
})

test('a trusted origin passes with its port, and no other port of its host', () => {
  assert.equal(checkRemoteUrl('http://127.0.0.1:4711/a', rules).port, '4711')
  assert.throws(() => checkRemoteUrl('http://127.0.0.1:4712/a', rules))
})
