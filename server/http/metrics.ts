// GET /metrics for Prometheus: the process, requests by route, method and status, and how busy it is. Behind a token of its own: figures tell how
// many people are here and when. Routes are the patterns, never the paths: a label for each blob would have no end.

import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { Failure } from '#core/errors.ts'
import type { Admission } from './admission.ts'
import { hasBearerToken } from './bearer-token.ts'

/** `register`: adds what other rooms count. */
export function addMetricsRoute(
  app: FastifyInstance,
  deps: {
    readonly token: string
    readonly admission: Pick<Admission, 'load'>
    readonly register?: ((registry: Registry) => void) | undefined
  },
): void {
  const { token, admission } = deps
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  deps.register?.(registry)
  const load = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  load('paquebot_http_requests_in_flight', 'Requests under way, streams not counted.', () => admission.load().inFlight)
  load('paquebot_http_refused_ratio', 'Share of requests refused as overloaded.', () => admission.load().refusedShare)
  load(
    'paquebot_event_loop_lag_seconds',
    'Median delay of the event loop over the last quarter of a second, by which requests are refused; 0 without [http] max_lag.',
    () => admission.load().lagMs / 1000,
  )
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
