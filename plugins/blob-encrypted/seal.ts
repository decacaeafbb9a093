// One sealed blob: a header, then chunks of 64 KiB, each with its own tag, so that a part can be read and trusted without the rest.
//
//   "PQB1" · key (8: the first octets of the SHA-256 of its id) · salt (16) · chunk · chunk · …
//   chunk = AES-256-GCM under HKDF-SHA256(key, salt), nonce = number of the chunk (11) · 1 when it is the last, 0 otherwise (1),
//           the header as additional data
//
// The last chunk is marked (the STREAM construction): chunks left out, swapped or taken from another blob are noticed, and so is an
// end that is missing. No octet is handed out before its chunk's tag is right.

import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'

export interface Key {
  readonly id: string
  readonly bytes: Uint8Array
}

export const chunkBytes = 65_536
const tagBytes = 16
const magic = Buffer.from('PQB1')
const keyNameBytes = 8
const saltBytes = 16
export const headerBytes = magic.length + keyNameBytes + saltBytes

const keyName = ({ id }: Key) => createHash('sha256').update(id).digest().subarray(0, keyNameBytes)

/** Thrown for what is not what was sealed. */
export class Damaged extends Error {}

export function sealedSize(size: number): number {
  return headerBytes + size + tagBytes * Math.max(1, Math.ceil(size / chunkBytes))
}

/** Null when nothing sealed can have that size. */
export function openedSize(sealed: number): number | null {
  const body = sealed - headerBytes
  if (body < tagBytes) return null
  const size = body - tagBytes * Math.ceil(body / (chunkBytes + tagBytes))
  return size >= 0 && sealedSize(size) === sealed ? size : null
}

function nonceOf(chunk: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(chunk, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

const blobKey = (key: Key, salt: Uint8Array) =>
  Buffer.from(hkdfSync('sha256', key.bytes, salt, 'paquebot blob-encrypted 1', 32))

/** @param salt 16 random octets, never used before */
export async function* seal(source: AsyncIterable<Uint8Array>, key: Key, salt: Uint8Array): AsyncGenerator<Uint8Array> {
  const header = Buffer.concat([magic, keyName(key), salt])
  const secret = blobKey(key, salt)
  let number = 0
  const sealChunk = (plain: Uint8Array, isLast: boolean): Uint8Array => {
    const cipher = createCipheriv('aes-256-gcm', secret, nonceOf(number++, isLast)).setAAD(header)
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }
  yield header
  // One chunk is held back: only at the end is it known to be the last.
  let held: Buffer = Buffer.alloc(0)
  for await (const part of source) {
    held = Buffer.concat([held, part])
    while (held.length > chunkBytes) {
      yield sealChunk(held.subarray(0, chunkBytes), false)
      held = held.subarray(chunkBytes)
    }
  }
  yield sealChunk(held, true)
}

/** The key of that header, from those that there are. */
export function readHeader(header: Uint8Array, keys: readonly Key[]): { readonly key: Key; readonly salt: Uint8Array } {
  const bytes = Buffer.from(header)
  if (bytes.length !== headerBytes || !bytes.subarray(0, magic.length).equals(magic)) throw new Damaged('no header')
  const name = bytes.subarray(magic.length, magic.length + keyNameBytes)
  const key = keys.find((candidate) => keyName(candidate).equals(name))
  if (!key) throw new Damaged('sealed with a key that is not in the key file')
  return { key, salt: bytes.subarray(magic.length + keyNameBytes) }
}

/** @param size of the whole, opened. @param body the sealed chunks from the `first` on, any octets at a time */
export async function* open(
  body: AsyncIterable<Uint8Array>,
  header: Uint8Array,
  keys: readonly Key[],
  { size, first, count }: { readonly size: number; readonly first: number; readonly count: number },
): AsyncGenerator<Uint8Array> {
  const { key, salt } = readHeader(header, keys)
  const secret = blobKey(key, salt)
  const last = Math.max(0, Math.ceil(size / chunkBytes) - 1)
  let number = first
  const openChunk = (sealed: Uint8Array): Uint8Array => {
    const at = sealed.length - tagBytes
    if (at < 0) throw new Damaged('a chunk is short')
    const decipher = createDecipheriv('aes-256-gcm', secret, nonceOf(number, number === last)).setAAD(header)
    decipher.setAuthTag(sealed.subarray(at))
    try {
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, at)), decipher.final()])
      number++
      return plain
    } catch {
      throw new Damaged(`chunk ${number} is not what was sealed`)
    }
  }
  let held: Buffer = Buffer.alloc(0)
  for await (const part of body) {
    held = Buffer.concat([held, part])
    while (held.length >= chunkBytes + tagBytes) {
      if (number >= first + count) throw new Damaged('longer than it was')
      yield openChunk(held.subarray(0, chunkBytes + tagBytes))
      held = held.subarray(chunkBytes + tagBytes)
    }
  }
  if (held.length > 0) yield openChunk(held)
  if (number !== first + count) throw new Damaged('the end is missing')
}
