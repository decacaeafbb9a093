import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from './public-address.ts'

const inside = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'broadcast and reserved': [
    '255.255.255.255',
    '240.0.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.5',
  ],
  unspecified: ['::'],
  'unique local': ['fc00::1', 'fd12:3456::1'],
  'site-local': ['fec0::1'],
  'v4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:10.0.0.1'],
  'v4-compatible and translated': ['::127.0.0.1', '::7f00:1', '::8.8.8.8', '::ffff:0:7f00:1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1', '192.88.99.1'],
  Teredo: ['2001:0:5ef5:79fd::1', '2001::1'],
  'NAT64 to the inside': ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808'],
  ISATAP: ['2600::5efe:7f00:1', '2600::200:5efe:a00:1'],
  'documentation, benchmarking, discard, unassigned': [
    '2001:db8::1',
    '3fff::1',
    '2001:2::1',
    '100::1',
    '4000::1',
    '5f00::1',
  ],
  'no address at all': ['', 'localhost', '8.8.8.8:80', '8.8.8.8 ', '[2606:4700::1]', '256.1.1.1'],
}

for (const [kind, addresses] of Object.entries(inside)) {
  test(`an address is not public: ${kind}`, () => {
    for (const address of addresses) assert.equal(isPublicAddress(address), false, address)
  })
}

test('addresses of the public net are public, and NAT64 to them', () => {
  for (const address of ['8.8.8.8', '100.63.255.255', '172.32.0.1', '2606:4700::1111', '64:ff9b::808:808']) {
    assert.equal(isPublicAddress(address), true, address)
  }
})
