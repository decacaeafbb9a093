// What the submission server offers (EHLO), asked at most every ten minutes for each server: for the session object
// (submissionExtensions, RFC 8621 §1.3.2) and for sizes. A cache that any node rebuilds; null when the server does not say.

import type { Caller } from '#core/caller.ts'
import { toFailure } from '#core/errors.ts'
import type { SubmissionDeps } from './types.ts'

export type ServerOffers = (caller: Caller) => Promise<ReadonlyMap<string, string> | null>

const keepMs = 600_000
/** A server that is down is not asked with every send. */
const keepFailureMs = 30_000
const timeoutMs = 3000

export function openServerOffers(
  deps: Pick<SubmissionDeps, 'directory' | 'transport' | 'clock' | 'log'>,
): ServerOffers {
  const kept = new Map<
    string,
    { readonly until: number; readonly offers: Promise<ReadonlyMap<string, string> | null> }
  >()
  return async (caller) => {
    const { smtp } = await deps.directory.route(caller.address, caller.signal)
    const key = `${smtp.host}:${smtp.port}`
    const now = deps.clock.now()
    const held = kept.get(key)
    if (held && held.until > now) return held.offers
    const offers = deps.transport
      .capabilities(smtp, caller.credential, AbortSignal.timeout(timeoutMs))
      .catch((error) => {
        deps.log.info('submission.offers', { server: key, code: toFailure(error).code })
        kept.set(key, { until: deps.clock.now() + keepFailureMs, offers: Promise.resolve(null) })
        return null
      })
    kept.set(key, { until: now + keepMs, offers })
    return offers
  }
}
