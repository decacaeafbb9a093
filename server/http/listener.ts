// The HTTP listener: one Fastify instance with what holds for every request (ids, client addresses, security headers, time and
// size limits, problem documents), health, and a drain that ends without cutting anybody off. It knows no front: boot
// registers them.

import { randomBytes } from 'node:crypto'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Log } from '#core/log.ts'
import { setSecurityHeaders } from './headers.ts'
import { addHealthRoutes, type ReadyCheck } from './health.ts'
import { createHttpServer, type ForwardedHeader, type HttpServer } from './http-server.ts'
import { addMetricsRoute } from './metrics.ts'
import { sendProblem } from './problem.ts'

export interface ListenerOptions {
  /** `HOST:PORT` or `[V6]:PORT`. */
  readonly listen: string
  /** Addresses or CIDR networks whose X-Forwarded-* or Forwarded is believed. */
  readonly trustedProxies: readonly string[]
  readonly forwardedHeader?: ForwardedHeader
  /** Addresses or CIDR networks whose connections begin with a PROXY header (proxy-protocol.ts). */
  readonly proxyProtocolFrom?: readonly string[]
  readonly headersTimeoutMs?: number
  readonly silenceTimeoutMs?: number
  readonly maxConnections?: number
  /** For a request to arrive whole, unless its route says otherwise. */
  readonly requestTimeoutMs: number
  /** For what is in flight when the drain begins. */
  readonly drainTimeoutMs: number
  /** What /metrics asks for; null: there is no /metrics. */
  readonly metricsToken?: string | null
  /** Largest message on a WebSocket. */
  readonly maxSocketMessageBytes: number
}

export interface ListenerDeps {
  readonly log: Log
  readonly checks: Readonly<Record<string, ReadyCheck>>
}

export interface Listener {
  /** For fronts to add their routes to, before listen(). */
  readonly app: FastifyInstance
  /** Aborted when the drain begins: long streams end soon, each after a delay of its own. */
  readonly draining: AbortSignal
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Readiness falls at once; requests in flight end, streams close; resolves when all have, or the time is over. */
  drain(): Promise<void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Time for the body to arrive whole, where it is not the listener's. */
    bodyTimeoutMs?: number
  }
}

/** Small bodies are the rule; a route that takes more says so. */
const defaultBodyLimit = 64 * 1024
const defaultHeadersTimeoutMs = 20_000
const defaultSilenceTimeoutMs = 300_000

export async function openListener(deps: ListenerDeps, options: ListenerOptions): Promise<Listener> {
  const { log } = deps
  const drain = new AbortController()
  const servers: HttpServer[] = []
  const app = fastify({
    // More than one where the address is `localhost`.
    serverFactory(handler) {
      const made = createHttpServer(handler, log, {
        forwardedHeader: options.forwardedHeader ?? 'x-forwarded',
        proxyProtocolFrom: options.proxyProtocolFrom ?? [],
        headersTimeoutMs: Math.min(options.headersTimeoutMs ?? defaultHeadersTimeoutMs, options.requestTimeoutMs),
        silenceTimeoutMs: options.silenceTimeoutMs ?? defaultSilenceTimeoutMs,
        maxConnections: options.maxConnections ?? 0,
      })
      servers.push(made)
      return made.server
    },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    bodyLimit: defaultBodyLimit,
    genReqId: () => randomBytes(9).toString('base64url'),
    logger: false,
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: 'idle',
  })
  app.setErrorHandler((error, request, reply) => sendProblem(log, error, request, reply))
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(request, reply)
    if (drain.signal.aborted) reply.header('connection', 'close')
    limitBodyTime(request, request.routeOptions.config?.bodyTimeoutMs ?? options.requestTimeoutMs)
  })
  app.addHook('onResponse', async (request, reply) => {
    log.debug('http.request', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    })
  })
  await app.register(websocket, {
    options: {
      maxPayload: options.maxSocketMessageBytes,
      // RFC 8887 §4.2: the subprotocol «jmap», and no other.
      handleProtocols: (protocols: Set<string>) => (protocols.has('jmap') ? 'jmap' : false),
    },
    // Sockets end in their own jittered time (the front hears `draining`), not all at once.
    preClose: (done) => done(),
    errorHandler: (error, socket) => {
      log.warn('http.socket', { error })
      socket.terminate()
    },
  })
  if (options.metricsToken) addMetricsRoute(app, options.metricsToken)
  addHealthRoutes(app, { checks: deps.checks, isDraining: () => drain.signal.aborted, log })

  return {
    app,
    draining: drain.signal,
    async listen() {
      const { host, port } = parseListen(options.listen)
      await app.listen({ host, port })
      const address = app.server.address()
      if (address === null || typeof address === 'string') throw new Error('not a TCP listener')
      log.info('http.listening', { host: address.address, port: address.port })
      return { host: address.address, port: address.port }
    },
    async drain() {
      if (drain.signal.aborted) return
      drain.abort()
      for (const { proxyProtocol } of servers) proxyProtocol?.closeWaiting()
      const late = setTimeout(() => {
        log.warn('http.drainTimeout', { ms: options.drainTimeoutMs })
        for (const socket of app.websocketServer.clients) socket.terminate()
        app.server.closeAllConnections()
      }, options.drainTimeoutMs)
      await app.close()
      clearTimeout(late)
    },
  }
}

/** A body that does not arrive in time takes its connection with it: no reply could tell how far the two sides agree. */
function limitBodyTime(request: FastifyRequest, timeoutMs: number): void {
  const { raw } = request
  if (raw.complete || raw.headers.upgrade !== undefined) return
  const timer = setTimeout(() => {
    if (!raw.complete) raw.destroy()
  }, timeoutMs)
  const clear = () => clearTimeout(timer)
  raw.once('end', clear)
  raw.once('close', clear)
}

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:]+)\]|([^:]*)):(\d{1,5})$/.exec(listen)
  if (!match) throw new Error(`not HOST:PORT: ${listen}`)
  return { host: match[1] ?? (match[2] || '::'), port: Number(match[3]) }
}
