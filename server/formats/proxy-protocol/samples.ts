// Headers of version 2 as a balancer sends them, and as none should: for tests.

import { isIPv6 } from 'node:net'

export interface HeaderParts {
  readonly version?: number
  readonly command?: number
  readonly family?: number
  readonly address?: string
  readonly port?: number
  readonly addresses?: Buffer
  readonly vectors?: Buffer
}

export function proxyHeader(parts: HeaderParts = {}): Buffer {
  const { version = 2, command = 1, address = '192.0.2.1', port = 5000, vectors = Buffer.alloc(0) } = parts
  const family = parts.family ?? (isIPv6(address) ? 2 : 1)
  const addresses = parts.addresses ?? (family === 0 ? Buffer.alloc(0) : addressBlock(address, port))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(addresses.length + vectors.length)
  return Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([(version << 4) | command, (family << 4) | 1]),
    length,
    addresses,
    vectors,
  ])
}

function addressBlock(address: string, port: number): Buffer {
  const octets = addressOctets(address)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(port, 0)
  ports.writeUInt16BE(443, 2)
  return Buffer.concat([octets, octets, ports])
}

function addressOctets(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => (text ? text.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')))
}
