// The client parts of plugins, as modules whose names hold their hash. Nobody need be signed in to read them, as with the client itself.

import type { FastifyInstance } from 'fastify'
import { Failure } from '#core/errors.ts'

/**
 * A worker has the policy of its own file: it may load the part beside it, and reach nothing. The page's own would let it call the API with
 * the person's cookie.
 */
const workerPolicy = "default-src 'none'; script-src 'self'; worker-src 'none'"

export interface PluginFile {
  readonly file: string
  readonly source: string
}

export function addPluginRoutes(app: FastifyInstance, files: readonly PluginFile[]): void {
  if (files.length === 0) return
  const sources = new Map(files.map(({ file, source }) => [file, source]))
  app.get<{ Params: { file: string } }>('/plugins/:file', async (request, reply) => {
    const source = sources.get(request.params.file)
    if (source === undefined) throw new Failure('notFound')
    return reply
      .type('text/javascript; charset=utf-8')
      .header('content-security-policy', workerPolicy)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(source)
  })
}
