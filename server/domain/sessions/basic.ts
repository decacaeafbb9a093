// Basic authentication: passwords proved a while ago, by keyed hash, in memory alone. The key is made at start and never leaves the
// process, so neither a dump of the map nor another node can test guesses against it. Bounded in number and in time.

import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import type { AccountId } from '#shared/ids.ts'
import type { Proved } from './prove.ts'
import type { SessionConfig, SignedIn } from './types.ts'

export interface BasicCache {
  /** The one kept, or what `prove` proves; asked once for all who come meanwhile with the same. */
  find(username: string, password: string, prove: () => Promise<Proved>): Promise<SignedIn>
  /** Forgets one by SignedIn.session. */
  forget(session: string): void
  forgetAccount(account: AccountId): void
}

export function openBasicCache(
  clock: Clock,
  config: Pick<SessionConfig, 'basicCacheMs' | 'basicCacheMax'>,
): BasicCache {
  const key = randomBytes(32)
  // In order of being kept, which is the order of ending.
  const kept = new Map<string, { readonly signedIn: SignedIn; readonly endsAt: number }>()
  const nameOf = (username: string, password: string) =>
    `basic-${createHmac('sha256', key).update(`${username}\0${password}`).digest('base64url')}`

  const proving = new Map<string, Promise<SignedIn>>()

  function keep(session: string, proved: Proved): SignedIn {
    const signedIn: SignedIn = { ...proved, kind: 'basic', session, scopes: null, csrf: null }
    kept.delete(session)
    kept.set(session, { signedIn, endsAt: clock.now() + config.basicCacheMs })
    for (const [name, entry] of kept) {
      if (kept.size <= config.basicCacheMax && entry.endsAt > clock.now()) break
      kept.delete(name)
    }
    return signedIn
  }

  return {
    async find(username, password, prove) {
      const session = nameOf(username, password)
      const entry = kept.get(session)
      if (entry && entry.endsAt > clock.now()) return entry.signedIn
      kept.delete(session)
      // A program that begins with ten requests at once must not cost the mail server ten sign-ins.
      let asked = proving.get(session)
      if (!asked) {
        asked = prove()
          .then((proved) => keep(session, proved))
          .finally(() => proving.delete(session))
        proving.set(session, asked)
      }
      return asked
    },
    forget: (session) => void kept.delete(session),
    forgetAccount(account) {
      for (const [name, entry] of kept) if (entry.signedIn.account === account) kept.delete(name)
    },
  }
}
