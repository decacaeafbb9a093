// The session resource and the API endpoint (RFC 8620 §2, §2.2, §3.1).

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import { type Guard, tellPosition } from '#http/guard.ts'
import type { Capabilities } from './capability.ts'
import type { Concurrency } from './concurrency.ts'
import { type Dispatch, type DispatchDeps, dispatch, RequestError } from './dispatch.ts'
import { endsTheSession } from './errors.ts'
import { sendRequestError, toRequestError } from './http-errors.ts'
import { parseIJson } from './i-json.ts'
import { grantedCapabilities, sessionObject, sessionState } from './session-object.ts'

export interface ApiDeps extends DispatchDeps {
  readonly guard: Guard<SignedIn>
  readonly sessions: Pick<Sessions, 'end'>
  readonly capabilities: Capabilities
  readonly concurrentRequests: Concurrency
}

/** In a scope of its own (`app.register`): it takes bodies as octets. */
export function addApiRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { guard, limits } = deps

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler(async (error, _request, reply) => {
    const requestError = frameworkError((error as { code?: unknown }).code) ?? toRequestError(error)
    // Thrown on to the listener's handler.
    if (!requestError) throw error
    return sendRequestError(requestError, reply)
  })

  // RFC 8620 §2.2.
  app.get('/.well-known/jmap', (request, reply) => {
    return reply.header('cache-control', 'no-cache').redirect(`${guard.baseUrlOf(request)}/jmap/session`, 307)
  })

  app.get('/jmap/session', { onRequest: guard.signedIn }, async (request, reply) => {
    // RFC 8620 §2: «Cache-Control: no-cache, no-store, must-revalidate».
    reply.header('cache-control', 'no-cache, no-store, must-revalidate')
    return ending(deps, request, () => sessionObject(deps.capabilities, viewOf(request), guard.baseUrlOf(request)))
  })

  app.post('/jmap/api', { onRequest: guard.signedIn, bodyLimit: limits.maxSizeRequest }, async (request, reply) => {
    const caller = guard.callerOf(request)
    // RFC 8620 §3.6.1, notJSON: «The content type of the request was not application/json or …».
    const [type] = (request.headers['content-type'] ?? '').split(';')
    if (type?.trim().toLowerCase() !== 'application/json') throw new RequestError('notJSON', 'not application/json')
    if (!deps.concurrentRequests.enter(caller.account)) {
      throw new RequestError('limit', `at most ${limits.maxConcurrentRequests} at once`, 'maxConcurrentRequests')
    }
    try {
      const body = parseIJson(request.body as Buffer)
      const response = await ending(deps, request, () =>
        dispatch(deps, caller, body, dispatchOf(deps, viewOf(request))),
      )
      tellPosition(caller, reply)
      return await reply.type('application/json').send(JSON.stringify(response))
    } finally {
      deps.concurrentRequests.leave(caller.account)
    }
  })

  function frameworkError(code: unknown): RequestError | null {
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      return new RequestError('limit', `at most ${limits.maxSizeRequest} octets`, 'maxSizeRequest')
    }
    return code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? new RequestError('notJSON', 'not application/json') : null
  }

  function viewOf(request: FastifyRequest) {
    return { caller: guard.callerOf(request), scopes: guard.identityOf(request).scopes }
  }
}

export function dispatchOf(deps: Pick<ApiDeps, 'capabilities'>, view: Parameters<typeof sessionState>[1]): Dispatch {
  return {
    capabilities: grantedCapabilities(deps.capabilities, view.scopes),
    hasCapability: async (urn) => {
      const capability = deps.capabilities[urn]
      return capability?.isEveryones === true || (await capability?.account(view.caller)) !== null
    },
    sessionState: sessionState(deps.capabilities, view),
  }
}

/** When the mail server no longer takes the credential, the session that holds it has ended: 401 (RFC 8620 §3.6.1). */
export async function ending<T>(
  deps: Pick<ApiDeps, 'sessions' | 'guard'>,
  request: FastifyRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (endsTheSession(error)) await deps.sessions.end(deps.guard.identityOf(request))
    throw error
  }
}
