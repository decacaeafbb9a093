// Upload (RFC 8620 §6.1): the body streams to domain/uploads as it comes, whatever its media type.

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Failure, isFailure } from '#core/errors.ts'
import type { SignedIn } from '#domain/sessions/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import { type Guard, tellPosition } from '#http/guard.ts'
import type { Concurrency } from './concurrency.ts'
import { RequestError } from './dispatch.ts'
import { sendRequestError, toRequestError } from './http-errors.ts'
import type { JmapLimits } from './method.ts'

export interface UploadDeps {
  readonly guard: Guard<SignedIn>
  readonly uploads: Pick<Uploads, 'put'>
  readonly limits: JmapLimits
  readonly concurrentUploads: Concurrency
  /** For an upload to arrive whole. */
  readonly uploadTimeoutMs: number
}

/** In a scope of its own (`app.register`): it takes bodies as streams. */
export function addUploadRoutes(app: FastifyInstance, deps: UploadDeps): void {
  const { guard, limits } = deps
  const { maxSizeUpload } = limits

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('onRequest', async (request) => {
    // Before Fastify looks for a parser: what is no media type is bytes all the same.
    request.headers['content-type'] = mediaType(request.headers['content-type'])
  })
  app.setErrorHandler(async (error, _request, reply) => {
    const isOverLimit = isFailure(error, 'tooLarge') && error.detail.maxBytes === maxSizeUpload
    const requestError = isOverLimit ? tooLarge() : toRequestError(error)
    if (!requestError) throw error
    // What is left of the body is not worth reading.
    return sendRequestError(requestError, reply.header('connection', 'close'))
  })

  app.post<{ Params: { accountId: string } }>(
    '/jmap/upload/:accountId',
    { onRequest: guard.signedIn, bodyLimit: Number.MAX_SAFE_INTEGER, config: { bodyTimeoutMs: deps.uploadTimeoutMs } },
    async (request, reply) => {
      const caller = guard.callerOf(request)
      if (request.params.accountId !== caller.account) throw new Failure('notFound')
      if (Number(request.headers['content-length'] ?? 0) > maxSizeUpload) throw tooLarge()
      if (!deps.concurrentUploads.enter(caller.account)) {
        const text = `at most ${limits.maxConcurrentUpload} at once`
        throw new RequestError('limit', text, 'maxConcurrentUpload', 429)
      }
      try {
        const source = (request.body ?? []) as IncomingMessage | Uint8Array[]
        const uploaded = await deps.uploads.put(caller, {
          type: request.headers['content-type']!,
          maxBytes: maxSizeUpload,
          source: source as AsyncIterable<Uint8Array>,
        })
        tellPosition(caller, reply)
        const { blobId, type, size } = uploaded
        return await reply.code(201).send({ accountId: caller.account, blobId, type, size })
      } finally {
        deps.concurrentUploads.leave(caller.account)
      }
    },
  )

  function tooLarge(): RequestError {
    return new RequestError('limit', `at most ${maxSizeUpload} octets`, 'maxSizeUpload', 413)
  }
}

/** The type that the client names; kept as it is said, as long as it can stand in a header again. */
function mediaType(header: string | undefined): string {
  const type = header?.trim() ?? ''
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/.test(type) && type.length <= 255
    ? type
    : 'application/octet-stream'
}
