// Encryption of a push message for its receiver (RFC 8291): aes128gcm (RFC 8188) in one record, under a key agreed with the
// receiver's public key by a key pair used once.

import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import { Failure } from '#core/errors.ts'

export interface PushKeys {
  /** The receiver's public key on P-256, uncompressed, base64url. */
  readonly p256dh: string
  /** 16 octets, base64url. */
  readonly auth: string
}

const recordBytes = 4096
const tagBytes = 16
const saltBytes = 16

/** `badInput` when the keys are none. The `sender` and `salt` are fixed in a test alone. */
export function encryptPush(
  plain: Uint8Array,
  keys: PushKeys,
  fixed: { readonly privateKey?: Uint8Array; readonly salt?: Uint8Array } = {},
): Uint8Array {
  // RFC 8291 §4: one record, with its delimiter and tag.
  if (plain.length > recordBytes - tagBytes - 1 - 86) throw new Failure('tooLarge', { bytes: plain.length })
  const receiver = Buffer.from(keys.p256dh, 'base64url')
  const auth = Buffer.from(keys.auth, 'base64url')
  const sender = createECDH('prime256v1')
  if (fixed.privateKey) sender.setPrivateKey(fixed.privateKey)
  else sender.generateKeys()
  const salt = fixed.salt ?? randomBytes(saltBytes)
  const senderPublic = sender.getPublicKey()
  const shared = agree(sender, receiver, auth)
  // RFC 8291 §3.4.
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, senderPublic])
  const secret = hkdf(shared, auth, info, 32)
  const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  // RFC 8188 §2: 2 ends the last record.
  const body = Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.from([2])),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  const header = Buffer.alloc(saltBytes + 5)
  header.set(salt)
  header.writeUInt32BE(recordBytes, saltBytes)
  header.writeUInt8(senderPublic.length, saltBytes + 4)
  return Buffer.concat([header, senderPublic, body])
}

function agree(sender: ReturnType<typeof createECDH>, receiver: Buffer, auth: Buffer): Buffer {
  if (receiver.length !== 65 || auth.length !== 16) throw new Failure('badInput', { reason: 'key lengths' })
  try {
    return sender.computeSecret(receiver)
  } catch (error) {
    throw new Failure('badInput', { reason: 'p256dh is no point' }, error)
  }
}

const hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length))
