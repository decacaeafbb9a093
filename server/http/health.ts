// /livez and /readyz. Alive: the process answers. Ready: every named check passes and the node is not draining; what is wrong
// is told by name alone, the reason is in the log.

import type { FastifyInstance } from 'fastify'
import { toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

/** Throws when its part is not ready. */
export type ReadyCheck = (signal: AbortSignal) => Promise<void>

export interface HealthDeps {
  readonly checks: Readonly<Record<string, ReadyCheck>>
  readonly isDraining: () => boolean
  readonly log: Log
}

const checkTimeoutMs = 2_000

export function addHealthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').header('cache-control', 'no-store').send('ok\n'))

  app.get('/readyz', async (_request, reply) => {
    const outcomes = await Promise.all(
      Object.entries(deps.checks).map(async ([name, check]) => [name, await outcome(name, check)] as const),
    )
    const checks = { ...Object.fromEntries(outcomes), ...(deps.isDraining() && { draining: 'failed' }) }
    const isReady = Object.values(checks).every((result) => result === 'ok')
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ready: isReady, checks })
  })

  async function outcome(name: string, check: ReadyCheck): Promise<'ok' | 'failed'> {
    const timeout = AbortSignal.timeout(checkTimeoutMs)
    const late = new Promise<never>((_resolve, reject) => {
      timeout.addEventListener('abort', () => reject(timeout.reason), { once: true })
    })
    try {
      await Promise.race([check(timeout), late])
      return 'ok'
    } catch (error) {
      deps.log.warn('http.notReady', { check: name, code: toFailure(error).code, error })
      return 'failed'
    }
  }
}
