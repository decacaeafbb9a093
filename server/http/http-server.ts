// Node's HTTP server with what holds before any request is one: who the connection is from (PROXY protocol), which header of the
// proxies speaks, and how long a peer may take over its words (a peer that sends or reads an octet now and then holds a
// connection, not more).

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Log } from '#core/log.ts'
import { parseForwarded } from '#formats/forwarded/parse-forwarded.ts'
import { addressList } from './address-list.ts'
import { expectProxyHeader, type ProxyProtocol } from './proxy-protocol.ts'

/** `x-forwarded`: X-Forwarded-For, -Proto and -Host; `forwarded`: RFC 7239. The other one is whatever the client wrote. */
export type ForwardedHeader = 'x-forwarded' | 'forwarded'

export interface HttpServerOptions {
  readonly forwardedHeader: ForwardedHeader
  /** Addresses or networks whose connections begin with a PROXY header. */
  readonly proxyProtocolFrom: readonly string[]
  /** For the headers of a request to arrive, from its first octet (or the connection's begin) on. */
  readonly headersTimeoutMs: number
  /** Without an octet in either direction a connection ends. */
  readonly silenceTimeoutMs: number
  /** Beyond these a connection is closed as soon as it is made; 0: no bound. */
  readonly maxConnections: number
}

export interface HttpServer {
  readonly server: Server
  readonly proxyProtocol: ProxyProtocol | null
}

/** Longer than load balancers keep theirs (HAProxy and nginx: 60 s), so that it is they who close an idle connection. */
const keepAliveTimeoutMs = 72_000
const maxHeaderBytes = 32 * 1024

export function createHttpServer(handler: RequestListener, log: Log, options: HttpServerOptions): HttpServer {
  const readForwarded = options.forwardedHeader === 'forwarded' ? useForwarded : null
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // Each request's own (listener.ts): an upload has longer than a sign-in.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(1_000, options.headersTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
    },
    readForwarded
      ? (request, response) => {
          readForwarded(request)
          handler(request, response)
        }
      : handler,
  )
  server.timeout = options.silenceTimeoutMs
  if (options.maxConnections > 0) {
    server.maxConnections = options.maxConnections
    server.on('drop', (dropped) => log.warn('http.tooManyConnections', { from: dropped?.remoteAddress }))
  }
  const senders = options.proxyProtocolFrom
  const proxyProtocol = senders.length > 0 ? expectProxyHeader(server, { isSender: addressList(senders), log }) : null
  return { server, proxyProtocol }
}

/** Said in the words that the framework reads; what a client wrote into those is dropped. */
function useForwarded({ headers }: IncomingMessage): void {
  delete headers['x-forwarded-for']
  delete headers['x-forwarded-proto']
  delete headers['x-forwarded-host']
  const elements = headers.forwarded === undefined ? null : parseForwarded(headers.forwarded)
  const nearest = elements?.at(-1)
  if (!elements || !nearest) return
  headers['x-forwarded-for'] = elements.map((element) => element.for ?? 'unknown').join(', ')
  if (nearest.proto !== null) headers['x-forwarded-proto'] = nearest.proto
  if (nearest.host !== null) headers['x-forwarded-host'] = nearest.host
}
