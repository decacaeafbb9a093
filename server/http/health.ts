// /livez and /readyz. Alive: the process answers. Ready: nothing fails here that another node does better (health-monitor.ts), and
// the node is not leaving. What is wrong is told by name alone; latencies and codes are for who has the token, reasons for the log.

import type { FastifyInstance } from 'fastify'
import { hasBearerToken } from './bearer-token.ts'
import type { Draining } from './draining.ts'
import type { CheckReport, HealthMonitor } from './health-monitor.ts'

export interface HealthDeps {
  readonly monitor: HealthMonitor
  readonly draining: Draining
  /** For the details; null: nobody gets them. */
  readonly token: string | null
}

export interface HealthRoutes {
  /** When somebody last asked whether we are ready, ms; null: nobody yet. Then nobody sends requests by the answer either. */
  lastAskedAt(): number | null
  isWell(): Promise<boolean>
}

export function addHealthRoutes(app: FastifyInstance, deps: HealthDeps): HealthRoutes {
  let askedAt: number | null = null

  app.get('/livez', { config: { admission: 'free' } }, (_request, reply) =>
    reply.type('text/plain').header('cache-control', 'no-store').send('ok\n'),
  )

  app.get<{ Querystring: { draining?: unknown; now?: unknown } }>(
    '/readyz',
    { config: { admission: 'free' } },
    async (request, reply) => {
      // Another node asks how it is here at this moment (boot/ask-others.ts); balancers do not.
      const { now } = request.query
      const passesNow = typeof now === 'string' ? await deps.monitor.passes(now) : undefined
      if (now === undefined) askedAt = Date.now()
      const report = await deps.monitor.report()
      const isDraining = deps.draining.isDraining()
      const isReady = passes(report) && !isDraining
      // HAProxy's `disable-on-404`: what leaves gets no new requests and ends those it has; what fails is cut off.
      const refusal = isDraining && request.query.draining === '404' ? 404 : 503
      const show = hasBearerToken(request, deps.token) ? detailOf : ({ status }: CheckReport) => status
      const checks = Object.fromEntries(Object.entries(report).map(([name, check]) => [name, show(check)]))
      return reply
        .code(isReady ? 200 : refusal)
        .header('cache-control', 'no-store')
        .send({ ready: isReady, passesNow, checks: { ...checks, ...(isDraining && { draining: 'failed' }) } })
    },
  )

  return { lastAskedAt: () => askedAt, isWell: async () => passes(await deps.monitor.report()) }
}

function passes(report: Readonly<Record<string, CheckReport>>): boolean {
  return Object.values(report).every(({ status, isFatal }) => status !== 'failed' || !isFatal)
}

function detailOf({ status, isFatal, ms, code, since }: CheckReport) {
  return { status, isFatal, ms, code, since: new Date(since).toISOString() }
}
