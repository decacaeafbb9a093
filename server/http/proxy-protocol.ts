// Takes the PROXY protocol's header off connections from the balancers that are said to send it, and only those: from then on the
// connection has the client's address, as if he had come himself. Elsewhere such a header is no HTTP and is refused as that.
//
// «The receiver MUST not try to guess whether the protocol header is present or not» (§2): a balancer of the list that sends none
// is cut off, else a client behind it could send one of his own. X-Forwarded-* on such a connection are the client's own
// words, too, and believed only if his address is a trusted proxy's.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '#core/log.ts'
import { type ProxyHeader, ProxyProtocolError, parseProxyHeader } from '#formats/proxy-protocol/parse-proxy-header.ts'

export interface ProxyProtocolOptions {
  readonly isSender: (address: string) => boolean
  readonly log: Log
  /** For a header to arrive whole: it comes with the first packet. */
  readonly timeoutMs?: number
}

export interface ProxyProtocol {
  /** Ends connections that have not told yet who they are. */
  closeWaiting(): void
}

/** Before the server listens. */
export function expectProxyHeader(server: Server, options: ProxyProtocolOptions): ProxyProtocol {
  const { isSender, log, timeoutMs = 5_000 } = options
  // What node:http does with a connection; it comes second now.
  const serve = server.listeners('connection') as ((this: Server, socket: Socket) => void)[]
  server.removeAllListeners('connection')
  const waiting = new Set<Socket>()

  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress
    if (peer === undefined) return socket.destroy()
    if (!isSender(peer)) return start(socket)
    waiting.add(socket)
    return readHeader(socket, timeoutMs, (outcome) => {
      waiting.delete(socket)
      if (outcome instanceof Error) {
        log.warn('http.proxyHeader', { from: peer, reason: outcome.message })
        return socket.destroy()
      }
      if (outcome === null) return socket.destroy()
      applyHeader(socket, outcome)
      return start(socket)
    })
  })

  function start(socket: Socket): void {
    for (const listener of serve) listener.call(server, socket)
  }

  return {
    closeWaiting() {
      for (const socket of waiting) socket.destroy()
    },
  }
}

/** Calls `done` once: with the header, with what is wrong, or with null when the other side left without a word. */
function readHeader(socket: Socket, timeoutMs: number, done: (outcome: ProxyHeader | Error | null) => void): void {
  let received = Buffer.alloc(0)
  const timer = setTimeout(() => finish(new ProxyProtocolError('no header in time')), timeoutMs)

  function finish(outcome: ProxyHeader | Error | null): void {
    clearTimeout(timer)
    socket.off('readable', onReadable)
    socket.off('end', onGone)
    socket.off('close', onGone)
    socket.off('error', onGone)
    done(outcome)
  }

  function onReadable(): void {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      received = Buffer.concat([received, chunk])
    }
    try {
      const header = parseProxyHeader(received)
      if (!header) return
      // Given back for node:http to read, in the turn in which it begins to.
      if (received.length > header.bytes) socket.unshift(received.subarray(header.bytes))
      finish(header)
    } catch (error) {
      finish(error as Error)
    }
  }

  // A probe that only connects has nothing to say, and nothing is wrong with that.
  const onGone = () => finish(received.length > 0 ? new ProxyProtocolError('ended within the header') : null)
  socket.on('readable', onReadable)
  socket.on('end', onGone)
  socket.on('close', onGone)
  socket.on('error', onGone)
}

function applyHeader(socket: Socket, { source, isTls }: ProxyHeader): void {
  if (source) {
    Object.defineProperties(socket, {
      remoteAddress: { value: source.address },
      remotePort: { value: source.port },
      remoteFamily: { value: source.address.includes(':') ? 'IPv6' : 'IPv4' },
    })
  }
  // Where Fastify looks for `request.protocol`.
  if (isTls !== null) Object.defineProperty(socket, 'encrypted', { value: isTls })
}
