// The PROXY protocol's header, versions 1 and 2: who really is at the other end of a connection that a balancer hands on.
// https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt, cited by section. Octets in, values out; whether the sender may
// be believed is the listener's question (http/proxy-protocol.ts).

import { isIPv4, isIPv6 } from 'node:net'

export interface ProxyHeader {
  /** Octets of the header: what follows is the connection's own. */
  readonly bytes: number
  /** Null: the balancer speaks for itself (a health check), or cannot tell. Then the connection's own addresses hold. */
  readonly source: { readonly address: string; readonly port: number } | null
  /** Whether the client's side of the balancer is TLS; null where it does not say. */
  readonly isTls: boolean | null
}

export class ProxyProtocolError extends Error {}

/** §2.1: «the maximum line lengths the receiver must support» with CRLF. */
const maxLineBytes = 107
/** §2.2 allows 64 KiB of TLVs; no balancer comes near this. */
const maxHeaderBytes = 4096
const lineStart = Buffer.from('PROXY ', 'latin1')
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixedBytes = signature.length + 4

/** Null: more octets are needed. Throws ProxyProtocolError as soon as it cannot become a header. */
export function parseProxyHeader(octets: Uint8Array): ProxyHeader | null {
  const data = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  if (data.length === 0) return null
  if (startsAs(data, signature)) return data.length < fixedBytes ? null : parseBinary(data)
  if (startsAs(data, lineStart)) return data.length < lineStart.length ? null : parseLine(data)
  throw new ProxyProtocolError('begins with neither version 1 nor version 2')
}

/** As far as it has come. */
function startsAs(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length)
  return data.compare(start, 0, length, 0, length) === 0
}

/** §2.1: `PROXY TCP4 source destination port port CRLF`. */
function parseLine(data: Buffer): ProxyHeader | null {
  const end = data.subarray(0, maxLineBytes).indexOf('\r\n', 0, 'latin1')
  if (end < 0) {
    if (data.length >= maxLineBytes) throw new ProxyProtocolError('version 1 without an end of line')
    return null
  }
  const [, family, ...rest] = data.toString('latin1', 0, end).split(' ')
  const bytes = end + 2
  // §2.1: «the receiver must ignore anything presented before the CRLF».
  if (family === 'UNKNOWN') return { bytes, source: null, isTls: null }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : null
  if (!isAddress) throw new ProxyProtocolError('version 1 with an unknown family')
  const [source = '', destination = '', sourcePort = '', destinationPort = ''] = rest
  if (rest.length !== 4 || !isAddress(source) || !isAddress(destination)) {
    throw new ProxyProtocolError('version 1 with bad addresses')
  }
  readPort(destinationPort)
  return { bytes, source: { address: source, port: readPort(sourcePort) }, isTls: null }
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^(?:0|[1-9]\d{0,4})$/.test(text) || port > 65535) throw new ProxyProtocolError('version 1 with a bad port')
  return port
}

/** §2.2: what the family's addresses take; null for families whose addresses tell us nothing. */
const families: Readonly<Record<number, { readonly bytes: number; readonly addressBytes: number | null }>> = {
  0: { bytes: 0, addressBytes: null },
  1: { bytes: 12, addressBytes: 4 },
  2: { bytes: 36, addressBytes: 16 },
  3: { bytes: 216, addressBytes: null },
}
const commands = { local: 0, proxy: 1 } as const

function parseBinary(data: Buffer): ProxyHeader | null {
  const versionAndCommand = data[signature.length] as number
  const familyAndTransport = data[signature.length + 1] as number
  const bytes = fixedBytes + data.readUInt16BE(signature.length + 2)
  const command = versionAndCommand & 0x0f
  // §2.2: «other values are unassigned and must not be emitted … Receivers must drop connections».
  if (versionAndCommand >> 4 !== 2) throw new ProxyProtocolError('an unknown version')
  if (command !== commands.local && command !== commands.proxy) throw new ProxyProtocolError('an unknown command')
  if (bytes > maxHeaderBytes) throw new ProxyProtocolError(`longer than ${maxHeaderBytes} octets`)
  if (data.length < bytes) return null
  // §2.2, LOCAL: «the receiver must use the real connection endpoints and must discard the protocol block».
  if (command === commands.local) return { bytes, source: null, isTls: null }
  const family = families[familyAndTransport >> 4]
  if (!family || (familyAndTransport & 0x0f) > 2) throw new ProxyProtocolError('an unknown family')
  const start = fixedBytes + family.bytes
  if (start > bytes) throw new ProxyProtocolError('too short for its addresses')
  const isTls = readTls(data.subarray(start, bytes))
  if (family.addressBytes === null) return { bytes, source: null, isTls }
  const address = showAddress(data.subarray(fixedBytes, fixedBytes + family.addressBytes))
  return { bytes, source: { address, port: data.readUInt16BE(fixedBytes + 2 * family.addressBytes) }, isTls }
}

function showAddress(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.')
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16))
  // The shortest form, as sockets say it.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** §2.2.6, PP2_TYPE_SSL. */
const tlsType = 0x20
const clientTlsBit = 0x01

/** §2.2: vectors whose types we do not know are passed over; one that leaves the header is none. */
function readTls(vectors: Buffer): boolean | null {
  let isTls: boolean | null = null
  for (let at = 0; at < vectors.length; ) {
    const end = at + 3 <= vectors.length ? at + 3 + vectors.readUInt16BE(at + 1) : Number.POSITIVE_INFINITY
    if (end > vectors.length) throw new ProxyProtocolError('a vector that does not fit')
    if (vectors[at] === tlsType && end - at >= 4) isTls = ((vectors[at + 3] as number) & clientTlsBit) !== 0
    at = end
  }
  return isTls
}
