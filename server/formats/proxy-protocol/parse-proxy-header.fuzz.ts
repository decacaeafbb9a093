// Mutates headers by seed, cuts them anywhere, and demands: a header within its octets, a wish for more, or a
// ProxyProtocolError. `node parse-proxy-header.fuzz.ts [seconds] [seed]`.

import assert from 'node:assert/strict'
import { ProxyProtocolError, parseProxyHeader } from './parse-proxy-header.ts'
import { proxyHeader } from './samples.ts'

const seeds = [
  Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\nGET / HTTP/1.1\r\n', 'latin1'),
  Buffer.from('PROXY TCP6 2001:db8::7 ::1 1 65535\r\n', 'latin1'),
  Buffer.from('PROXY UNKNOWN\r\n', 'latin1'),
  proxyHeader({ vectors: Buffer.from([0x20, 0, 5, 1, 0, 0, 0, 0, 0x04, 0, 1, 0]) }),
  proxyHeader({ address: '2001:db8::7' }),
  proxyHeader({ command: 0 }),
]

/** mulberry32: the same seed gives the same run. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function fuzzProxyHeaders(forMs: number, seed: number): { readonly runs: number; readonly parsed: number } {
  const end = performance.now() + forMs
  let runs = 0
  let parsed = 0
  for (; performance.now() < end; runs++) {
    const roll = random(seed + runs)
    const below = (n: number) => Math.floor(roll() * n)
    const wire = Buffer.from(seeds[below(seeds.length)] as Buffer)
    for (let changes = below(4); changes > 0; changes--) wire[below(wire.length)] = below(256)
    const cut = wire.subarray(0, 1 + below(wire.length))
    try {
      const header = parseProxyHeader(cut)
      if (!header) continue
      assert.ok(header.bytes <= cut.length, `seed ${seed + runs}: took ${header.bytes} of ${cut.length}`)
      parsed++
    } catch (error) {
      if (!(error instanceof ProxyProtocolError)) throw error
    }
  }
  return { runs, parsed }
}

if (import.meta.main) {
  const [seconds = '60', seed = String(Date.now() % 1e9)] = process.argv.slice(2)
  process.stdout.write(`seed ${seed}: ${JSON.stringify(fuzzProxyHeaders(Number(seconds) * 1000, Number(seed)))}\n`)
}
