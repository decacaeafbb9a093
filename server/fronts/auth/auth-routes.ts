// /auth/*: signing in and out, sessions and tokens. JSON in and out; what is refused is a problem document whose `type` is the
// code (http/problem.ts). How a password is proved is domain/sessions'.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, isFailure } from '#core/errors.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Guard } from '#http/guard.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '#http/session-cookie.ts'

export interface AuthDeps {
  readonly sessions: Sessions
  readonly guard: Guard<SignedIn>
  /** Capability URNs that a token may be narrowed to. */
  readonly capabilities: readonly string[]
}

export function addAuthRoutes(app: FastifyInstance, deps: AuthDeps): void {
  const { sessions, guard } = deps

  app.post('/auth/sign-in', { onRequest: guard.sameOrigin }, async (request, reply) => {
    const body = readObject(request)
    const { signedIn, secret, cookieExpiresAt } = await sessions.signIn(
      {
        username: readText(body, 'username'),
        password: readText(body, 'password'),
        remember: body.remember === true,
        remoteAddress: request.ip,
        userAgent: (request.headers['user-agent'] ?? '').slice(0, 255),
      },
      guard.signalOf(request),
    )
    await endPresented(request)
    setSessionCookie(request, reply, secret, cookieExpiresAt)
    return reply.header('cache-control', 'no-store').send({ csrf: signedIn.csrf })
  })

  /**
   * `?optional`: nobody signed in is an answer (`null`), not an error, which a browser would write to its console at each first visit.
   * What is presented and refused for another reason (origin, Authorization) stays an error.
   */
  app.get<{ Querystring: { optional?: string } }>(
    '/auth/session',
    {
      async onRequest(request, reply) {
        try {
          await guard.signedIn.call(app, request, reply)
        } catch (error) {
          const { query, headers } = request
          const isOptional = (query as { optional?: string }).optional !== undefined
          if (!isOptional || headers.authorization !== undefined || !isFailure(error, 'unauthenticated')) throw error
          return reply.header('cache-control', 'no-store').type('application/json').send('null')
        }
      },
    },
    async (request) => {
      const { csrf, address } = guard.identityOf(request)
      return { csrf, username: address }
    },
  )

  /** `everywhere: true` ends every session and token of the account. */
  app.post('/auth/sign-out', { onRequest: guard.signedIn }, async (request, reply) => {
    const signedIn = guard.identityOf(request)
    const everywhere = request.body !== undefined && request.body !== null && readObject(request).everywhere === true
    if (everywhere) await sessions.endAll(signedIn)
    else await sessions.end(signedIn)
    clearSessionCookie(request, reply)
    // https://www.w3.org/TR/clear-site-data/: what the browser has cached of the account goes as well.
    return reply.header('clear-site-data', '"cache"').code(204).send()
  })

  app.get('/auth/sessions', { onRequest: guard.signedIn }, async (request) => {
    const signedIn = forManagement(request)
    const list = await sessions.list(signedIn)
    return { sessions: list.map((one) => ({ ...one, isCurrent: one.id === signedIn.session })) }
  })

  app.delete<{ Params: { id: string } }>(
    '/auth/sessions/:id',
    { onRequest: guard.signedIn },
    async (request, reply) => {
      await sessions.revoke(forManagement(request), request.params.id)
      return reply.code(204).send()
    },
  )

  app.get('/auth/tokens', { onRequest: guard.signedIn }, async (request) => {
    const list = await sessions.list(forManagement(request))
    return { tokens: list.filter((one) => one.kind === 'token') }
  })

  app.post('/auth/tokens', { onRequest: guard.signedIn }, async (request, reply) => {
    const signedIn = forManagement(request)
    const body = readObject(request)
    const name = readText(body, 'name').trim()
    if (name === '' || name.length > 100) throw new Failure('badInput', { description: 'name: 1 to 100 characters' })
    const { expiresInDays } = body
    if (typeof expiresInDays !== 'number') throw new Failure('badInput', { description: 'expiresInDays is required' })
    const issued = await sessions.issueToken(signedIn, { name, scopes: readScopes(body), expiresInDays }, request.ip)
    return reply.code(201).send(issued)
  })

  app.delete<{ Params: { id: string } }>('/auth/tokens/:id', { onRequest: guard.signedIn }, async (request, reply) => {
    await sessions.revoke(forManagement(request), request.params.id)
    return reply.code(204).send()
  })

  /** Sessions and tokens are the person's own to look after: a token that leaked must not list or end the others. */
  function forManagement(request: FastifyRequest): SignedIn {
    const signedIn = guard.identityOf(request)
    if (signedIn.kind === 'token') throw new Failure('forbidden', { kind: signedIn.kind })
    return signedIn
  }

  /** A sign-in always makes a new session (fixation); the one that this browser had ends. */
  async function endPresented(request: FastifyRequest): Promise<void> {
    const secret = readSessionCookie(request)
    if (secret === null) return
    try {
      await sessions.end(await sessions.find({ kind: 'cookie', secret }))
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'unauthenticated')) throw error
    }
  }

  function readScopes(body: Record<string, unknown>): readonly string[] | null {
    const { scopes } = body
    if (scopes === undefined || scopes === null) return null
    const isKnown = (scope: unknown): scope is string => typeof scope === 'string' && deps.capabilities.includes(scope)
    if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isKnown)) {
      throw new Failure('badInput', { description: 'scopes: capability URNs of the JMAP session object' })
    }
    return scopes
  }
}

function readObject(request: FastifyRequest): Record<string, unknown> {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Failure('badInput', { description: 'a JSON object is expected' })
  }
  return body as Record<string, unknown>
}

function readText(body: Record<string, unknown>, name: string): string {
  const value = body[name]
  if (typeof value !== 'string') throw new Failure('badInput', { description: `${name} is required` })
  return value
}
