// Mutates transcripts by seed, cuts them anywhere, and demands of framer and parser: a value or a ProtocolError, soon.
// `node parse-response.fuzz.ts [seconds] [seed]`.

import { Cursor } from './cursor.ts'
import { Framer } from './framer.ts'
import { parseResponse } from './parse-response.ts'
import { ProtocolError } from './protocol-error.ts'
import { transcripts } from './transcripts.ts'

const hot = Buffer.from('(){}[]"\\ \r\n*+~0919NIL\0\xff<>&', 'latin1')

/** mulberry32: the same seed gives the same run. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function fuzzResponses(forMs: number, seed: number): { readonly runs: number; readonly parsed: number } {
  const end = performance.now() + forMs
  let runs = 0
  let parsed = 0
  for (; performance.now() < end; runs++) {
    const roll = random(seed + runs)
    const below = (n: number) => Math.floor(roll() * n)
    const seeds = Array.from({ length: 1 + below(3) }, () => transcripts[below(transcripts.length)] as string)
    const wire = mutate(Buffer.from(seeds.join(''), 'latin1'), below)
    const cursor = new Cursor()
    const startedAt = performance.now()
    try {
      const sunk = below(2) === 0
      const framer = new Framer(
        {
          frame: (frame) => {
            parseResponse(cursor.reset(frame), false)
            parsed++
          },
          literal: (_head, size) => (sunk && size > 3 ? { write: () => true, end() {} } : null),
        },
        100_000,
      )
      for (let at = 0; at < wire.length; ) {
        const next = at + 1 + below(wire.length)
        framer.push(wire.subarray(at, next))
        at = next
      }
    } catch (error) {
      if (!(error instanceof ProtocolError))
        throw new Error(`seed ${seed + runs}: ${JSON.stringify(wire.toString('latin1'))}`, { cause: error })
    }
    if (performance.now() - startedAt > 1000) throw new Error(`seed ${seed + runs} took over a second`)
  }
  return { runs, parsed }
}

function mutate(wire: Buffer, below: (n: number) => number): Buffer {
  for (let n = below(6); n > 0 && wire.length > 0; n--) {
    const at = below(wire.length)
    const length = below(Math.min(30, wire.length - at))
    const octet = below(3) === 0 ? below(256) : (hot[below(hot.length)] as number)
    const kind = below(5)
    if (kind === 0) wire[at] = octet
    else if (kind === 1) wire = Buffer.concat([wire.subarray(0, at), wire.subarray(at + length)])
    else if (kind === 2)
      wire = Buffer.concat([wire.subarray(0, at), Buffer.alloc(1 + below(40), octet), wire.subarray(at)])
    else if (kind === 3) wire = Buffer.concat([wire.subarray(0, at + length), wire.subarray(at)])
    else wire = Buffer.concat([wire.subarray(at), wire.subarray(0, at)])
  }
  return wire
}

if (import.meta.main) {
  const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
  console.log({ seed, ...fuzzResponses(Number(process.argv[2] ?? 60) * 1000, seed) })
}
