// The web client's files, as scripts/build-web.ts left them (compressed twins beside each), and index.html for every path that is a
// place in the app, with the operator's brand where there is one. Files under assets/ carry a hash in their names and never change; everything else is asked for anew,
// by its ETag.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { sendProblem } from '#http/problem.ts'
import { addBrandRoutes, type Brand } from './brand.ts'

export interface AssetDeps {
  /** Absolute path of web/dist; may be made later than we start. */
  readonly folder: string
  readonly brand: Brand | null
  readonly log: Log
}

const immutable = 'public, max-age=31536000, immutable'
/** Paths of other fronts: a miss there is a miss, not a page. */
const notTheApp = /^\/(?:jmap|auth|proxy|assets|brand|\.well-known|livez|readyz|metrics)(?:\/|$)/

export async function addAssetRoutes(app: FastifyInstance, deps: AssetDeps): Promise<void> {
  const hashed = join(deps.folder, 'assets/')
  // Files need no store: a node that is behind the others says so in our page, by what the page asks it, not as bare JSON in its place.
  app.addHook('onRoute', (route) => {
    if (isRegistering) route.config = { ...route.config, admission: 'free' }
  })
  let isRegistering = true
  const sendPage = deps.brand && brandedPages(deps.folder, addBrandRoutes(app, deps.brand))
  await app.register(fastifyStatic, {
    root: deps.folder,
    // The page of a brand is not the one that lies there.
    ...(sendPage && { allowedPath: (path: string) => path !== '/' && path !== '/index.html' }),
    preCompressed: true,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      reply.header('cache-control', path.startsWith(hashed) ? immutable : 'no-cache')
    },
  })
  isRegistering = false
  app.setNotFoundHandler((request, reply) => {
    const isIndex = request.url.split('?')[0] === '/index.html'
    if (sendPage && (isIndex || isPage(request))) return sendPage(request, reply)
    if (isPage(request)) return reply.sendFile('index.html')
    return sendProblem(deps.log, new Failure('notFound'), request, reply)
  })
}

/** index.html in its brand, made anew when it is built anew, and asked for by an ETag of its own. */
function brandedPages(folder: string, brandPage: (html: string) => string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const page = brandPage(await readFile(join(folder, 'index.html'), 'utf8'))
    const etag = `"${createHash('sha256').update(page).digest('base64url').slice(0, 22)}"`
    reply.header('cache-control', 'no-cache').header('etag', etag)
    // RFC 9110 §13.1.2; a proxy that compressed the page made its tag weak.
    if ((request.headers['if-none-match'] ?? '').includes(etag)) return reply.code(304).send()
    return reply.type('text/html; charset=utf-8').send(page)
  }
}

/** What a browser's address bar asks for: a path without an extension, wanted as HTML. */
function isPage(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const wantsHtml = (request.headers.accept ?? '').includes('text/html')
  return isRead && wantsHtml && !notTheApp.test(path) && !/\.[A-Za-z0-9]+$/.test(path)
}
