import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzProxyHeaders } from './parse-proxy-header.fuzz.ts'
import { ProxyProtocolError, parseProxyHeader } from './parse-proxy-header.ts'
import { proxyHeader } from './samples.ts'

const line = (text: string) => Buffer.from(text, 'latin1')

test('version 1 tells the client, and leaves what follows it alone', () => {
  const header = 'PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n'
  assert.deepEqual(parseProxyHeader(line(`${header}GET / HTTP/1.1\r\n`)), {
    bytes: header.length,
    source: { address: '192.0.2.7', port: 56324 },
    isTls: null,
  })
  assert.equal(parseProxyHeader(line('PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n'))?.source?.address, '2001:db8::7')
  assert.equal(parseProxyHeader(line('PROXY UNKNOWN whatever it says\r\n'))?.source, null)
})

test('version 2 tells the client and his TLS, and passes over vectors that it does not know', () => {
  const tls = Buffer.from([0x20, 0, 5, 0x01, 0, 0, 0, 0])
  const name = Buffer.concat([Buffer.from([0x02, 0, 4]), line('mail')])
  const wire = proxyHeader({ address: '192.0.2.7', port: 56324, vectors: Buffer.concat([name, tls]) })
  const header = parseProxyHeader(Buffer.concat([wire, line('GET /')]))
  assert.deepEqual(header, { bytes: wire.length, source: { address: '192.0.2.7', port: 56324 }, isTls: true })
  const six = parseProxyHeader(proxyHeader({ address: '2001:db8:0:0::7', port: 1 }))
  assert.deepEqual(six?.source, { address: '2001:db8::7', port: 1 })
})

test('a health check of the balancer itself names nobody', () => {
  assert.equal(parseProxyHeader(proxyHeader({ command: 0 }))?.source, null)
  assert.equal(parseProxyHeader(proxyHeader({ family: 0 }))?.source, null)
  assert.equal(parseProxyHeader(proxyHeader({ family: 3, addresses: Buffer.alloc(216) }))?.source, null)
})

test('a header that comes octet by octet is one header', () => {
  const long = Buffer.from([0x04, 0x01, 0x00, ...Buffer.alloc(256)])
  for (const wire of [line('PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n'), proxyHeader({ vectors: long })]) {
    for (let length = 0; length < wire.length; length++) {
      assert.equal(parseProxyHeader(wire.subarray(0, length)), null, `after ${length}`)
    }
    assert.equal(parseProxyHeader(wire)?.bytes, wire.length)
  }
})

test('what is no header is refused as soon as that is known', () => {
  const refused = {
    'an HTTP request': line('GET'),
    'an unknown family': line('PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n'),
    'a missing port': line('PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n'),
    'an octal port': line('PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n'),
    'a port too high': line('PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n'),
    'a name for an address': line('PROXY TCP4 localhost 1.1.1.1 1 1\r\n'),
    'IPv6 as IPv4': line('PROXY TCP4 ::1 ::1 1 1\r\n'),
    'two spaces': line('PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n'),
    'a line without an end': line(`PROXY UNKNOWN ${'x'.repeat(200)}`),
    'version 3': proxyHeader({ version: 3 }),
    'an unknown command': proxyHeader({ command: 2 }),
    'an unknown family of version 2': proxyHeader({ family: 4 }),
    'addresses cut short': proxyHeader({ addresses: Buffer.alloc(11) }),
    'a vector that leaves the header': proxyHeader({ vectors: Buffer.from([0x02, 0, 9, 1]) }),
    'half a vector': proxyHeader({ vectors: Buffer.from([0x02, 0]) }),
    'more than we read': proxyHeader({ vectors: Buffer.alloc(5000) }),
  }
  for (const [what, wire] of Object.entries(refused)) {
    assert.throws(() => parseProxyHeader(wire), ProxyProtocolError, what)
  }
})

test('no sequence of octets makes the parser crash, or take more than there is', () => {
  const { runs, parsed } = fuzzProxyHeaders(500, 20261122)
  assert.ok(runs > 5_000 && parsed > 200, `${runs} runs, ${parsed} parsed`)
})
