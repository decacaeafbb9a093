// JMAP over WebSocket (RFC 8887): requests and push on one connection, with the limits of the API.

import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import type { Caller } from '#core/caller.ts'
import { errorCodes, Failure, isFailure, toFailure } from '#core/errors.ts'
import type { Following } from '#domain/push/index.ts'
import type { SignedIn } from '#domain/sessions/index.ts'
import type { Admission } from '#http/admission.ts'
import type { Guard } from '#http/guard.ts'
import { dispatchOf } from './api-routes.ts'
import { object } from './arguments.ts'
import type { Capabilities } from './capability.ts'
import type { Concurrency } from './concurrency.ts'
import { type DispatchDeps, dispatch, RequestError } from './dispatch.ts'
import { endsTheSession } from './errors.ts'
import { requestProblem, toRequestError } from './http-errors.ts'
import { parseIJsonText } from './i-json.ts'
import { followTypes, type PushStreamDeps, watchLifetime } from './push-stream.ts'

export interface WebSocketDeps extends PushStreamDeps, DispatchDeps {
  readonly guard: Guard<SignedIn>
  readonly capabilities: Capabilities
  readonly concurrentRequests: Concurrency
  readonly concurrentStreams: Concurrency
  readonly admission: Pick<Admission, 'check'>
}

/** Two of these without an answer, and the connection is dead. */
const heartbeatMs = 45_000
const maxBufferedBytes = 16 * 1024 * 1024
/** RFC 6455 §7.4.1. */
const closeCodes = { goingAway: 1001, unsupportedData: 1003, policyViolation: 1008 } as const

export function addWebSocketRoutes(app: FastifyInstance, deps: WebSocketDeps): void {
  app.get(
    '/jmap/ws',
    {
      websocket: true,
      config: { admission: 'long' },
      onRequest: async (request, reply) => {
        await deps.guard.signedIn.call(app, request, reply)
        // RFC 8887 §4.2: the client names the subprotocol.
        const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
        if (!offered.includes('jmap'))
          throw new Failure('badInput', { description: 'the subprotocol jmap is required' })
      },
    },
    (socket, request) => serve(deps, socket, deps.guard.callerOf(request), deps.guard.identityOf(request)),
  )
}

function serve(deps: WebSocketDeps, socket: WebSocket, opener: Caller, signedIn: SignedIn): void {
  const closed = new AbortController()
  const caller: Caller = { ...opener, signal: closed.signal }
  const context = dispatchOf(deps, { caller, scopes: signedIn.scopes })
  if (!deps.concurrentStreams.enter(caller.account)) {
    socket.close(closeCodes.policyViolation, 'too many connections')
    return
  }
  const lifetime = watchLifetime(deps, signedIn, () => socket.close(closeCodes.goingAway))
  let following: Following | null = null
  // One after the other: a client that turns push on, off and on again ends with one stream.
  let pushTurn: Promise<void> = Promise.resolve()
  let isAnswering = true
  const heartbeat = setInterval(() => {
    if (!isAnswering) return socket.terminate()
    isAnswering = false
    return socket.ping()
  }, heartbeatMs)
  socket.on('pong', () => {
    isAnswering = true
  })
  socket.on('message', (data, isBinary) => {
    isAnswering = true
    // RFC 8887 §4.3: text frames alone.
    if (isBinary) return socket.close(closeCodes.unsupportedData, 'text frames only')
    return void receive(data.toString())
  })
  socket.once('close', () => {
    closed.abort()
    clearInterval(heartbeat)
    lifetime.stop()
    following?.stop()
    following = null
    deps.concurrentStreams.leave(caller.account)
  })

  function send(message: Readonly<Record<string, unknown>>): void {
    if (socket.readyState !== socket.OPEN) return
    // A client that asks and does not read must not fill our memory.
    if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
    else socket.send(JSON.stringify(message))
  }

  async function receive(text: string): Promise<void> {
    let requestId: string | null = null
    try {
      const message = parseIJsonText(text)
      if (!object.accepts(message)) throw new RequestError('notRequest', 'not an object')
      if (typeof message.id === 'string') requestId = message.id
      // The session may have ended since the connection was opened: nothing of a request is kept from the last.
      if (!(await deps.sessions.isAlive(signedIn, { isUse: true })))
        return socket.close(closeCodes.policyViolation, 'signed out')
      switch (message['@type']) {
        case 'Request':
          return await answer(message, requestId)
        case 'WebSocketPushEnable':
          return await enablePush(message)
        case 'WebSocketPushDisable':
          pushTurn = pushTurn.then(disablePush)
          return await pushTurn
        default:
          throw new RequestError('notRequest', 'unknown @type')
      }
    } catch (error) {
      if (closed.signal.aborted) return
      await refuse(error, requestId)
    }
  }

  async function answer(message: Record<string, unknown>, requestId: string | null): Promise<void> {
    // A socket's requests bring no position, and their client may have written elsewhere meanwhile: unknown, so the writer is read.
    caller.position = null
    deps.admission.check()
    const { maxConcurrentRequests } = deps.limits
    if (!deps.concurrentRequests.enter(caller.account)) {
      throw new RequestError('limit', `at most ${maxConcurrentRequests} at once`, 'maxConcurrentRequests')
    }
    try {
      const response = await dispatch(deps, caller, message, context)
      send({ '@type': 'Response', ...(requestId !== null && { requestId }), ...response })
    } finally {
      deps.concurrentRequests.leave(caller.account)
    }
  }

  /** RFC 8887 §4.3.5.2. */
  async function enablePush(message: Record<string, unknown>): Promise<void> {
    const { dataTypes = null, pushState = null } = message
    const isTypes = dataTypes === null || (Array.isArray(dataTypes) && dataTypes.every((t) => typeof t === 'string'))
    if (!isTypes || !(pushState === null || typeof pushState === 'string')) {
      throw new RequestError('notRequest', 'dataTypes must be String[]|null, pushState String')
    }
    const types = dataTypes === null ? deps.push.types : new Set(dataTypes as string[])
    pushTurn = pushTurn.then(async () => {
      disablePush()
      const started = await followTypes(deps.push, caller, types, pushState, {
        told: ({ change, pushState }) => send({ ...change, pushState }),
        sessionEnded: lifetime.check,
        ended: (failure) => void refuse(failure, null),
      })
      if (closed.signal.aborted) started.stop()
      else following = started
    })
    const turn = pushTurn
    pushTurn = turn.catch(() => {})
    await turn
  }

  function disablePush(): void {
    following?.stop()
    following = null
  }

  /** RFC 8887 §4.3.4: RequestError, with the members of the problem document. */
  async function refuse(error: unknown, requestId: string | null): Promise<void> {
    const requestError = toRequestError(error)
    if (requestError) return send({ '@type': 'RequestError', requestId, ...requestProblem(requestError) })
    const failure = toFailure(error)
    deps.log[errorCodes[failure.code].log]('jmap.socket', {
      requestId: caller.requestId,
      code: failure.code,
      detail: failure.detail,
      ...(isFailure(failure, 'internal') && { cause: failure.cause, stack: failure.stack }),
    })
    const title = errorCodes[failure.code].text
    send({ '@type': 'RequestError', requestId, type: failure.code, status: endsTheSession(failure) ? 401 : 503, title })
    if (endsTheSession(failure)) {
      await deps.sessions.end(signedIn)
      socket.close(closeCodes.policyViolation, 'signed out')
    }
  }
}

/** The account part of the capability: RFC 8887 §3 has it in `capabilities` alone. */
export const webSocketCapability: Capabilities[string] = {
  server: (baseUrl) => ({ url: `${baseUrl.replace(/^http/, 'ws')}/jmap/ws`, supportsPush: true }),
  account: async () => null,
}
