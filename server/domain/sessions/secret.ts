// The secret that a client holds, and what is derived from it: the record's id (what is stored cannot be presented), the sealed
// credential (the store cannot open it), the CSRF token (known to our own pages alone).

import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { KeyRing } from '#core/seal.ts'

const secretPattern = /^[A-Za-z0-9_-]{43}$/

export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The record's id, or `unauthenticated` for what cannot be one of ours. */
export function sessionIdOf(secret: string): string {
  if (!secretPattern.test(secret)) throw new Failure('unauthenticated', { reason: 'not a session secret' })
  return createHash('sha256').update(`session\0${secret}`).digest('base64url')
}

export const csrfOf = (secret: string): string => createHmac('sha256', secret).update('csrf').digest('base64url')

const context = (id: string, account: string) => `${id}\0${account}`

export function sealCredential(
  ring: KeyRing,
  credential: MailCredential,
  secret: string,
  owner: { readonly id: string; readonly account: string },
): string {
  return ring.seal('session', context(owner.id, owner.account), JSON.stringify(credential), secret)
}

export function unsealCredential(
  ring: KeyRing,
  secret: string,
  owner: { readonly id: string; readonly account: string; readonly sealed: string },
): MailCredential {
  return JSON.parse(ring.unseal('session', context(owner.id, owner.account), owner.sealed, secret)) as MailCredential
}
