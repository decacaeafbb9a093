// /proxy/*: remote pictures of messages, for the web client. What goes to the browser is an image by its bytes, under headers
// that let it be nothing else; what may be fetched, and for whom, is domain/images'.
//
// The page asks for signatures with its CSRF token, then the frame loads /proxy/image with the cookie: a URL that somebody
// else makes up carries no signature, and one that leaks is of use to its own account alone.

import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { Images } from '#domain/images/index.ts'
import type { Guard, Identity } from '#http/guard.ts'

export interface ProxyDeps<I extends Identity> {
  readonly images: Images
  readonly guard: Guard<I>
}

const maxUrls = 1000
const maxBodyBytes = 2 * 1024 * 1024

export function addImageRoutes<I extends Identity>(app: FastifyInstance, { images, guard }: ProxyDeps<I>): void {
  app.post('/proxy/sign', { onRequest: guard.signedIn, bodyLimit: maxBodyBytes }, async (request) => {
    const caller = mailCaller(guard, request)
    const { urls } = (request.body ?? {}) as { urls?: unknown }
    if (!Array.isArray(urls) || urls.length > maxUrls || !urls.every((url) => typeof url === 'string')) {
      throw new Failure('badInput', { description: `urls: at most ${maxUrls} strings` })
    }
    const signatures = images.sign(caller, urls)
    return { images: urls.map((url, at) => `/proxy/image?${new URLSearchParams({ url, sig: signatures[at] ?? '' })}`) }
  })

  app.get('/proxy/image', { onRequest: guard.signedIn }, async (request, reply) => {
    const { url, sig } = request.query as Record<string, unknown>
    if (typeof url !== 'string' || typeof sig !== 'string') throw new Failure('badInput', { reason: 'url and sig' })
    const image = await images.load(mailCaller(guard, request), url, sig)
    return reply
      .headers({
        'content-type': image.type,
        'content-disposition': 'inline; filename="image"',
        // Opened as a page of its own it is still nothing but a picture.
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        // The picture does not change, and its sender is not to hear that it is looked at again.
        'cache-control': 'private, max-age=86400, immutable',
      })
      .send(Readable.from(image.body, { objectMode: false }))
  })
}

/** A token may be narrowed to capabilities; none of them is this, so that only the web client's own session gets it. */
function mailCaller<I extends Identity>(guard: Guard<I>, request: FastifyRequest): Caller {
  if (guard.identityOf(request).scopes !== null) throw new Failure('forbidden', { reason: 'a narrowed token' })
  return guard.callerOf(request)
}
