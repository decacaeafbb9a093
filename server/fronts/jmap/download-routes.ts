// Download (RFC 8620 §6.2). What comes from here is somebody else's bytes on our own origin, so that no browser may run it: always an
// attachment, never a script or style by its type, under a policy that sandboxes it, and refused where a page loads it as code.

import type { OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '#core/errors.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Guard } from '#http/guard.ts'
import { isId } from '#shared/ids.ts'
import { ending } from './api-routes.ts'
import type { Blobs } from './blobs.ts'
import { contentDisposition } from './content-disposition.ts'
import { readRange } from './range.ts'

export interface DownloadDeps {
  readonly guard: Guard<SignedIn>
  readonly sessions: Pick<Sessions, 'end'>
  readonly blobs: Blobs
}

export function addDownloadRoutes(app: FastifyInstance, deps: DownloadDeps): void {
  app.get<{ Params: { accountId: string; blobId: string; name: string }; Querystring: { type?: unknown } }>(
    '/jmap/download/:accountId/:blobId/:name',
    { onRequest: deps.guard.signedIn },
    async (request, reply) => {
      const { accountId, blobId, name } = request.params
      const caller = deps.guard.callerOf(request)
      refuseAsCode(request)
      if (accountId !== caller.account || !isId(blobId)) throw new Failure('notFound', { blobId })
      const { size } = await ending(deps, request, () => deps.blobs.stat(caller, blobId))
      // An id names the same bytes for ever (RFC 8620 §6.2): nobody need ask twice, and a part fits any other part.
      const etag = `"${blobId}"`
      reply.headers({
        'content-type': servedType(request.query.type),
        'content-disposition': contentDisposition(name),
        'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'private, immutable, max-age=31536000',
        'accept-ranges': 'bytes',
        etag,
      })
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
      // RFC 9110 §13.1.5: with another validator the whole is sent.
      const ifRange = request.headers['if-range']
      const header = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
      const range = readRange(header, size)
      if (range === 'unsatisfiable') return unsatisfiable(reply, size)
      reply.header('content-length', String(range ? range.end - range.start : size))
      if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${size}`)
      if (request.method === 'HEAD') {
        // By hand: Fastify would give the length of the body that is not sent.
        reply
          .hijack()
          .raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders)
          .end()
        return reply
      }
      const body = await ending(deps, request, () => deps.blobs.open(caller, blobId, range ?? undefined))
      return reply.send(Readable.from(body, { objectMode: false, signal: caller.signal }))
    },
  )
}

/** https://fetch.spec.whatwg.org/#concept-request-destination: what a page would run or frame. Programs send no such header. */
const codeDestinations = [
  'script',
  'style',
  'worker',
  'sharedworker',
  'serviceworker',
  'audioworklet',
  'paintworklet',
  'xslt',
  'object',
  'embed',
  'iframe',
  'frame',
  'manifest',
]

function refuseAsCode(request: FastifyRequest): void {
  const destination = request.headers['sec-fetch-dest']
  if (typeof destination === 'string' && codeDestinations.includes(destination)) {
    throw new Failure('forbidden', { destination })
  }
}

const typePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/**
 * The type asked for (RFC 8620 §6.2), when it is one. Scripts and styles become plain text: `script-src 'self'` would run them.
 * https://mimesniff.spec.whatwg.org/#javascript-mime-type names more than one would think.
 */
function servedType(asked: unknown): string {
  const text = typeof asked === 'string' ? asked.trim().toLowerCase() : ''
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  if (!typePattern.test(type)) return 'application/octet-stream'
  if (/javascript|ecmascript|jscript|livescript|\/css$|wasm|xslt/.test(type)) return 'text/plain; charset=utf-8'
  const charset = parameters.find((parameter) => /^charset="?[a-z0-9_.:-]{1,40}"?$/.test(parameter))
  return charset ? `${type}; ${charset}` : type
}

function matches(header: string | undefined, etag: string): boolean {
  // RFC 9110 §13.1.2: weak comparison.
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(etag)
}

function unsatisfiable(reply: FastifyReply, size: number): FastifyReply {
  // RFC 9110 §15.5.17.
  return reply
    .code(416)
    .headers({ 'content-range': `bytes */${size}`, 'cache-control': 'no-store' })
    .removeHeader('content-disposition')
    .send()
}
