// The session cookie: one secret, nothing else. SameSite=Strict: the page itself is the same for everybody and needs no cookie, and
// what it asks for is asked by its own scripts, so that a link from a mail or another site loses nothing by it, and no
// other site can make a browser send it.

import type { FastifyReply, FastifyRequest } from 'fastify'

const plainName = 'paquebot-session'
// RFC 6265bis §4.1.3.2: a browser takes it from this very host over TLS alone, so that no neighbour domain can plant one.
const secureName = '__Host-paquebot-session'

const nameFor = (request: FastifyRequest) => (request.protocol === 'https' ? secureName : plainName)

export function readSessionCookie(request: FastifyRequest): string | null {
  const name = nameFor(request)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return null
}

/** @param expiresAt ms; null: until the browser closes */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string,
  expiresAt: number | null,
): void {
  const expires = expiresAt === null ? '' : `; Expires=${new Date(expiresAt).toUTCString()}`
  reply.header('set-cookie', `${nameFor(request)}=${secret}${attributes(request)}${expires}`)
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', `${nameFor(request)}=${attributes(request)}; Max-Age=0`)
}

function attributes(request: FastifyRequest): string {
  return `; Path=/; HttpOnly; SameSite=Strict${request.protocol === 'https' ? '; Secure' : ''}`
}
