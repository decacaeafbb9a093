// The HTTP listener: one Fastify instance with what holds for every request (ids, client addresses, security headers, time and
// size limits, problem documents), health, and a drain that ends without cutting anybody off. It knows no front: boot
// registers them.

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { type Admission, openAdmission } from './admission.ts'
import { type Draining, type DrainSwitch, openDrainSwitch } from './draining.ts'
import { setSecurityHeaders } from './headers.ts'
import { addHealthRoutes, type HealthRoutes } from './health.ts'
import { type HealthMonitor, type HealthMonitorDeps, openHealthMonitor } from './health-monitor.ts'
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
  /** Requests in flight, and delay of the event loop, beyond which a request is refused (admission.ts); 0: no bound. */
  readonly maxInFlight?: number
  readonly maxLagMs?: number
  /** For a request to arrive whole, unless its route says otherwise. */
  readonly requestTimeoutMs: number
  /** For what is in flight when the drain begins. */
  readonly drainTimeoutMs: number
  /** How long a node that leaves goes on serving, so that balancers hear of it, where any has asked lately. */
  readonly drainNoticeMs?: number
  /** What the details of /readyz ask for; null: nobody gets them. */
  readonly healthToken?: string | null
  /** What /metrics asks for; null: there is no /metrics. */
  readonly metricsToken?: string | null
  /** Largest message on a WebSocket. */
  readonly maxSocketMessageBytes: number
}

export interface ListenerDeps extends Pick<HealthMonitorDeps, 'checks' | 'othersDo'> {
  readonly log: Log
  /** Adds what other rooms count to /metrics. */
  readonly metrics?: (registry: Registry) => void
}

export interface Listener {
  /** For fronts to add their routes to, before listen(). */
  readonly app: FastifyInstance
  readonly admission: Admission
  /** Long streams end soon after a drain begins, each after a delay of its own. */
  readonly draining: Draining
  /** What /readyz says, but for a drain. */
  isWell(): Promise<boolean>
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Out of the balancers' choice, or back in it; meanwhile whatever comes is served. */
  setDraining(isDraining: boolean): void
  /** Leaves for good: readiness falls at once; requests in flight end, streams close; resolves when all have, or the time is over. */
  drain(): Promise<void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `free`: answered however busy the node is (health). `long`: not counted as in flight once it stands (streams). */
    admission?: 'free' | 'long'
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
  const draining = openDrainSwitch()
  const monitor = openHealthMonitor({ ...deps })
  const admission = openAdmission({ maxInFlight: options.maxInFlight ?? 0, maxLagMs: options.maxLagMs ?? 0 }, { log })
  let isLeaving = false
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
    if (draining.isDraining()) reply.header('connection', 'close')
    admit(admission, monitor, request, reply)
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
  if (options.metricsToken) addMetricsRoute(app, { token: options.metricsToken, admission, register: deps.metrics })
  const health = addHealthRoutes(app, { monitor, draining, token: options.healthToken ?? null })

  return {
    app,
    admission,
    draining,
    isWell: health.isWell,
    setDraining(isDraining) {
      if (!isLeaving) draining.set(isDraining)
    },
    async listen() {
      const { host, port } = parseListen(options.listen)
      await app.listen({ host, port })
      const address = app.server.address()
      if (address === null || typeof address === 'string') throw new Error('not a TCP listener')
      monitor.start()
      log.info('http.listening', { host: address.address, port: address.port })
      return { host: address.address, port: address.port }
    },
    async drain() {
      if (isLeaving) return
      isLeaving = true
      await leave({ draining, health, noticeMs: options.drainNoticeMs ?? 0 })
      monitor.stop()
      for (const { proxyProtocol } of servers) proxyProtocol?.closeWaiting()
      const late = setTimeout(() => {
        log.warn('http.drainTimeout', { ms: options.drainTimeoutMs })
        for (const socket of app.websocketServer.clients) socket.terminate()
        app.server.closeAllConnections()
      }, options.drainTimeoutMs)
      // Node closes the connections that are idle when it begins to close, not those whose stream ends later.
      const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
      await app.close()
      admission.close()
      clearInterval(sweep)
      clearTimeout(late)
    },
  }
}

const idleSweepMs = 100
/** Balancers ask more often than this. */
const askedLatelyMs = 60_000

/** A balancer that believes us ready may send a request in the moment in which the door closes: it hears of it first. */
async function leave(deps: { draining: DrainSwitch; health: HealthRoutes; noticeMs: number }): Promise<void> {
  const wasDraining = deps.draining.isDraining()
  const askedAt = deps.health.lastAskedAt()
  deps.draining.set(true)
  if (!wasDraining && askedAt !== null && Date.now() - askedAt < askedLatelyMs) await sleep(deps.noticeMs)
}

/** Before a body is read. Ends with the reply, or with the connection. */
function admit(
  admission: Admission,
  monitor: Pick<HealthMonitor, 'isWorse'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const kind = request.routeOptions.config?.admission
  // A path that is no route is a place in the app, whose page is a file like the others, or nothing at all.
  if (kind === 'free' || request.is404) return
  // Balancers need a moment to see that we are not ready. Refused before anything was done, it is asked of another node, whatever it is.
  if (monitor.isWorse()) throw new Failure('unavailable', { reason: 'another node does better', retryAfterMs: 1000 })
  if (kind === 'long') admission.check()
  else reply.raw.once('close', admission.enter())
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
