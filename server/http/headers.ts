// Security headers that every reply starts from. A route that sends something else to a browser (an attachment) overrides them.

import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The app's policy: scripts are our own files and nothing else, in no frame but our own. `style-src` allows style attributes and
 * elements because the mail frame (srcdoc) inherits this policy and mail is made of them; what they may load is
 * bounded by the other directives. Images come from here (the proxy), data: and blob:, never from elsewhere.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self' blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const always = {
  'content-security-policy': contentSecurityPolicy,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
  'x-robots-tag': 'noindex',
} as const

export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(always)
  reply.header('x-request-id', request.id)
  // RFC 6797 §7.2: not over plain HTTP.
  if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000')
}
