// Sealing of secrets at rest: AES-256-GCM under keys derived (HKDF-SHA256) from the cluster's key ring and, where there is one,
// a secret that only the client holds. So neither a dump of the store nor the key ring alone opens a mailbox.
// Sealed text: `<key id>.<base64url of nonce, tag, ciphertext>`. The newest key seals; any key of the ring unseals.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { Failure } from './errors.ts'

const nonceBytes = 12
const tagBytes = 16

export interface RingKey {
  /** Letters, digits, `-`; stands in front of what it sealed. */
  readonly id: string
  /** 32 octets. */
  readonly key: Uint8Array
}

export interface KeyRing {
  /**
   * @param purpose what the secret is for (`session`, `outbox`): keys of different purposes are unrelated
   * @param context bound as additional data: sealed text moved to another row does not open
   * @param clientSecret mixed into the key when given
   */
  seal(purpose: string, context: string, plain: string, clientSecret?: string): string
  /** Throws `unauthenticated` for whatever does not open: another key, another row, a changed octet. */
  unseal(purpose: string, context: string, sealed: string, clientSecret?: string): string
  /** Whether it was sealed with a key that is no longer the newest. */
  isStale(sealed: string): boolean
  /** Keyed hash under the newest key, base64url; for signatures of short life. */
  sign(purpose: string, text: string): string
  /** True when any key of the ring made that signature. Constant time. */
  verify(purpose: string, text: string, signature: string): boolean
  /** Key ids and fingerprints, for comparing nodes; tells nothing of the keys. */
  readonly fingerprints: readonly { readonly id: string; readonly fingerprint: string }[]
}

export function openKeyRing(keys: readonly RingKey[]): KeyRing {
  const newest = keys[0]
  if (!newest) throw new Failure('badInput', { keyRing: 'is empty' })
  for (const { id, key } of keys) {
    if (!/^[A-Za-z0-9-]{1,32}$/.test(id)) throw new Failure('badInput', { keyRing: 'bad key id' })
    if (key.length !== 32) throw new Failure('badInput', { keyRing: `key ${id} has ${key.length} octets, not 32` })
  }
  const derive = (key: Uint8Array, purpose: string, clientSecret = '') =>
    Buffer.from(hkdfSync('sha256', key, clientSecret, `paquebot:${purpose}`, 32))
  const mac = (key: Uint8Array, purpose: string, text: string) =>
    createHmac('sha256', derive(key, `sign:${purpose}`))
      .update(text)
      .digest()

  return {
    seal(purpose, context, plain, clientSecret) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', derive(newest.key, purpose, clientSecret), nonce)
      cipher.setAAD(Buffer.from(`${newest.id}\0${context}`))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `${newest.id}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    unseal(purpose, context, sealed, clientSecret) {
      const dot = sealed.indexOf('.')
      const found = keys.find(({ id }) => id === sealed.slice(0, dot))
      if (!found)
        throw new Failure('unauthenticated', { keyId: sealed.slice(0, Math.max(0, dot)), reason: 'unknown key' })
      const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
      if (bytes.length < nonceBytes + tagBytes) throw new Failure('unauthenticated', { reason: 'sealed text is short' })
      const decipher = createDecipheriv(
        'aes-256-gcm',
        derive(found.key, purpose, clientSecret),
        bytes.subarray(0, nonceBytes),
      )
      decipher.setAAD(Buffer.from(`${found.id}\0${context}`))
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString(
          'utf8',
        )
      } catch (cause) {
        throw new Failure('unauthenticated', { keyId: found.id, reason: 'does not open' }, cause)
      }
    },
    isStale: (sealed) => !sealed.startsWith(`${newest.id}.`),
    sign: (purpose, text) => mac(newest.key, purpose, text).toString('base64url'),
    verify(purpose, text, signature) {
      const given = Buffer.from(signature, 'base64url')
      // Comparing keyed hashes of both makes the time independent of how much of a guess is right.
      return keys.some(({ key }) => {
        const want = mac(key, purpose, text)
        return createHmac('sha256', key).update(want).digest().equals(createHmac('sha256', key).update(given).digest())
      })
    },
    fingerprints: keys.map(({ id, key }) => ({
      id,
      fingerprint: createHmac('sha256', key).update('paquebot:fingerprint').digest('hex').slice(0, 16),
    })),
  }
}
