// What an answer, or none, says about a request: done, surely not done, or nobody knows. And how long to wait.

/**
 * `refused`: surely not done, so that it may be sent again whatever it is. Only our own server can say that, in a problem document:
 * a balancer's 503 may stand for a node that died with the request in hand.
 */
export function fateOf(response: Pick<Response, 'status' | 'headers'>): 'refused' | 'unknown' | 'answered' {
  const { status } = response
  const isOurs = (response.headers.get('content-type') ?? '').startsWith('application/problem+json')
  if ((status === 429 || status === 503) && isOurs) return 'refused'
  return status === 429 || status === 502 || status === 503 || status === 504 ? 'unknown' : 'answered'
}

const firstDelayMs = 250
const longestDelayMs = 30_000

/** Doubling with half of it random, so that a server that comes back is not met by everybody at once; never before it asked us to. */
export function delayMs(attempt: number, retryAfter: string | null = null): number {
  const bound = Math.min(longestDelayMs, firstDelayMs * 2 ** attempt)
  const jittered = bound / 2 + Math.random() * (bound / 2)
  return Math.max(jittered, Math.min(Number(retryAfter) * 1000 || 0, longestDelayMs))
}
