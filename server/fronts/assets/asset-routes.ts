// The web client's files, as scripts/build-web.ts left them (compressed twins beside each), and index.html for every path that is a
// place in the app. Files under assets/ carry a hash in their names and never change; everything else is asked for anew,
// by its ETag.

import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { sendProblem } from '#http/problem.ts'

export interface AssetDeps {
  /** Absolute path of web/dist; may be made later than we start. */
  readonly folder: string
  readonly log: Log
}

const immutable = 'public, max-age=31536000, immutable'
/** Paths of other fronts: a miss there is a miss, not a page. */
const notTheApp = /^\/(?:jmap|auth|proxy|assets|\.well-known|livez|readyz|metrics)(?:\/|$)/

export async function addAssetRoutes(app: FastifyInstance, deps: AssetDeps): Promise<void> {
  const hashed = join(deps.folder, 'assets/')
  // Files need no store: a node that is behind the others says so in our page, by what the page asks it, not as bare JSON in its place.
  app.addHook('onRoute', (route) => {
    if (isRegistering) route.config = { ...route.config, admission: 'free' }
  })
  let isRegistering = true
  await app.register(fastifyStatic, {
    root: deps.folder,
    preCompressed: true,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      reply.header('cache-control', path.startsWith(hashed) ? immutable : 'no-cache')
    },
  })
  isRegistering = false
  app.setNotFoundHandler((request, reply) => {
    if (isPage(request)) return reply.sendFile('index.html')
    return sendProblem(deps.log, new Failure('notFound'), request, reply)
  })
}

/** What a browser's address bar asks for: a path without an extension, wanted as HTML. */
function isPage(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const wantsHtml = (request.headers.accept ?? '').includes('text/html')
  return isRead && wantsHtml && !notTheApp.test(path) && !/\.[A-Za-z0-9]+$/.test(path)
}
