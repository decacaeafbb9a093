// How HTTP tells each Failure: status and a problem document (RFC 7807, RFC 9457). `type` is the code, a relative URI reference;
// `text` is the same sentence as `title`, where our sign-in form looks for it. Nothing of `detail` goes out but the time to wait and
// what the mail server wants to be read by whoever signs in (`alert`, RFC 9051 §7.1).

import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, errorCodes, Failure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { plainText } from '#core/plain-text.ts'

const statuses = {
  badInput: 400,
  unsupported: 501,
  badCredentials: 401,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  alreadyExists: 409,
  hasChildren: 409,
  hasContent: 409,
  cannotCalculateChanges: 409,
  anchorNotFound: 404,
  unsupportedSort: 400,
  unsupportedFilter: 400,
  tooLarge: 413,
  overQuota: 507,
  rateLimited: 429,
  tooManyConnections: 503,
  unavailable: 503,
  timeout: 504,
  overloaded: 503,
  untrustedServer: 502,
  blobMissing: 502,
  rejected: 422,
  // The client is gone, or the node is stopping: whoever still reads this may try another node.
  canceled: 503,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

const retryAfterSeconds = 5

export interface Problem {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly [member: string]: unknown
}

/** Fastify's and Node's own refusals, by their codes. */
function fromFramework(error: unknown): { readonly status: number; readonly code: ErrorCode } | null {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { status: 413, code: 'tooLarge' }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { status: 415, code: 'badInput' }
  if (typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number' && statusCode < 500) {
    return { status: statusCode, code: statusCode === 404 ? 'notFound' : 'badInput' }
  }
  return null
}

/** Logs what happened under the request's id and replies with its problem document. */
export function sendProblem(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const framework = fromFramework(error)
  const failure = framework ? new Failure(framework.code, {}, error) : toFailure(error)
  const { code, detail } = failure
  const status = framework?.status ?? statuses[code]
  log[errorCodes[code].log]('http.problem', {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? null,
    code,
    detail,
    ...(code === 'internal' && { cause: failure.cause, stack: failure.stack }),
  })
  if (errorCodes[code].retry || code === 'canceled') {
    const waitMs = typeof detail.retryAfterMs === 'number' ? detail.retryAfterMs : retryAfterSeconds * 1000
    reply.header('retry-after', String(Math.ceil(waitMs / 1000)))
  }
  if (status === 401) challenge(request, reply)
  const text = typeof detail.description === 'string' ? detail.description : errorCodes[code].text
  return sendProblemDocument(reply, {
    type: code,
    status,
    title: errorCodes[code].text,
    text,
    ...(typeof detail.alert === 'string' && { alert: plainText(detail.alert, 500) }),
    requestId: request.id,
  })
}

export function sendProblemDocument(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem))
}

/**
 * RFC 9110 §11.6.1: a 401 names the schemes. Basic is not offered to what may be a page's own request: the browser would open its
 * password window over our form. Browsers send Sec-Fetch-Site (over TLS, and on loopback), Origin or our cookie; over plain
 * HTTP a first visit sends none of them, and asks /auth alone. Node's fetch, a program's, sends Sec-Fetch-Mode.
 */
function challenge(request: FastifyRequest, reply: FastifyReply): void {
  const { cookie, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers
  const isNavigation = site !== undefined && mode === 'navigate'
  const mayBePage = [cookie, origin, site].some((header) => header !== undefined) || request.url.startsWith('/auth/')
  const challenges = ['Bearer realm="Paquebot"']
  if (isNavigation || !mayBePage) challenges.push('Basic realm="Paquebot", charset="UTF-8"')
  reply.header('www-authenticate', challenges.join(', '))
}
