// The address by which people reach us, for absolute URLs and for telling our own pages from others'. Configured, or taken from
// the request: its Host, or what a trusted proxy says in X-Forwarded-Proto and -Host (Fastify's trustProxy).

import type { FastifyRequest } from 'fastify'
import { Failure } from '#core/errors.ts'

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** `https://mail.example.org`, without a slash at the end. Throws badInput for a Host that is none. */
export function baseUrlOf(request: FastifyRequest, configured: string | null): string {
  if (configured !== null) return configured
  if (!hostPattern.test(request.host)) throw new Failure('badInput', { host: request.host })
  return `${request.protocol}://${request.host.toLowerCase()}`
}

/** Reads `http.base_url`: an origin, no path. Throws badInput with what is wrong. */
export function parseBaseUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new Failure('badInput', { description: 'base_url must be like https://mail.example.org, without a path' })
  }
  return url.origin
}
