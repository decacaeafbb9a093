// A token of the operator's own for a route that tells about the node. Compared by hashes, in a time that tells nothing.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** False also where no token is configured. */
export function hasBearerToken(request: FastifyRequest, token: string | null): boolean {
  if (token === null) return false
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(request.headers.authorization ?? ''), hash(`Bearer ${token}`))
}
