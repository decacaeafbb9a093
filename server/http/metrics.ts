// GET /metrics for Prometheus: the process, and requests by route, method and status. Behind a token of its own: figures tell how
// many people are here and when. Routes are the patterns, never the paths: a label for each blob would have no end.

import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { Failure } from '#core/errors.ts'
import { hasBearerToken } from './bearer-token.ts'

/** `register`: adds what other rooms count. */
export function addMetricsRoute(app: FastifyInstance, token: string, register?: (registry: Registry) => void): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  register?.(registry)
  const duration = new Histogram({
    name: 'paquebot_http_request_duration_seconds',
    help: 'Time from the request to the end of its reply.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = { route: request.routeOptions.url ?? 'none', method: request.method, status: reply.statusCode }
    duration.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { config: { admission: 'free' } }, async (request, reply) => {
    if (!hasBearerToken(request, token)) throw new Failure('unauthenticated', { reason: 'not the metrics token' })
    return reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics())
  })
}
