// Names made by hashing: 128 bits where two must never meet, 64 where a meeting only joins two threads.

import { hash } from 'node:crypto'

/** The first 16 octets of SHA-256. */
export function hash128(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 16)
}

export function hash64(text: string): bigint {
  return hash('sha256', text, 'buffer').readBigUInt64LE(0)
}
