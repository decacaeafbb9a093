// Sessions proved a moment ago, on this node alone, so that a page that sends ten requests does not ask the store ten times. For less than a
// second from the time the store was asked, used or not: so long at most a session that was ended on another node is let in here, whatever
// becomes of the bus. What is ended here is forgotten at once.

import type { Clock } from '#core/clock.ts'
import type { AccountId } from '#shared/ids.ts'
import type { SignedIn } from './types.ts'

const keptMs = 700
const maxKept = 20_000

export interface RecentSessions {
  /** The one kept under its id, or what `ask` finds; kept unless something was forgotten while it was asked. */
  find(
    id: string,
    kind: SignedIn['kind'],
    ask: () => Promise<{ readonly signedIn: SignedIn; readonly expiresAt: number }>,
  ): Promise<SignedIn>
  forget(id: string): void
  forgetAccount(account: AccountId): void
}

export function openRecentSessions(clock: Clock): RecentSessions {
  // In order of being kept, which is the order of ending.
  const kept = new Map<string, { readonly signedIn: SignedIn; readonly endsAt: number }>()
  let forgotten = 0
  return {
    async find(id, kind, ask) {
      const now = clock.now()
      const entry = kept.get(id)
      // A clock that is set back makes nothing last longer.
      const isFresh = entry && entry.endsAt > now && entry.endsAt - now <= keptMs
      if (isFresh && entry.signedIn.kind === kind) return entry.signedIn
      const before = forgotten
      const { signedIn, expiresAt } = await ask()
      if (forgotten === before) {
        kept.delete(id)
        kept.set(id, { signedIn, endsAt: Math.min(now + keptMs, expiresAt) })
        for (const [other, { endsAt }] of kept) {
          if (endsAt > now && kept.size <= maxKept) break
          kept.delete(other)
        }
      }
      return signedIn
    },
    forget(id) {
      forgotten++
      kept.delete(id)
    },
    forgetAccount(account) {
      forgotten++
      for (const [id, { signedIn }] of kept) if (signedIn.account === account) kept.delete(id)
    },
  }
}
