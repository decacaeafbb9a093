// TCP and TLS to a mail server: connect, verify or pin the certificate, and lift a plain socket to TLS (STARTTLS).
// Nothing is written to a TLS socket before its certificate was accepted.

import net from 'node:net'
import tls from 'node:tls'
import { Failure } from '#core/errors.ts'
import type { MailServer } from '#ports/mail-store.ts'
import { networkFailure } from './failures.ts'

export interface SocketOptions {
  readonly server: MailServer
  /** More CAs than the system's, PEM. */
  readonly ca?: string
}

/** An open socket, secured already where the server speaks TLS from the start. */
export async function connectSocket(options: SocketOptions, signal: AbortSignal): Promise<net.Socket> {
  const { host, port } = options.server
  const plain = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
  await settled(plain, 'connect', options, signal)
  return options.server.tls === 'implicit' ? secureSocket(plain, options, signal) : plain
}

/** TLS over an open socket. Throws untrustedServer when the certificate is neither trusted nor the pinned one. */
export async function secureSocket(
  plain: net.Socket,
  options: SocketOptions,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const { host, pinnedSha256 } = options.server
  const secure = tls.connect({
    socket: plain,
    host,
    // RFC 6066 §3: no IP addresses in SNI.
    servername: net.isIP(host) ? '' : host,
    rejectUnauthorized: pinnedSha256 === undefined,
    secureContext: contextFor(options.ca),
  })
  await settled(secure, 'secureConnect', options, signal)
  if (pinnedSha256 !== undefined) {
    const found = (secure.getPeerCertificate().fingerprint256 ?? '').replaceAll(':', '').toLowerCase()
    if (found !== pinnedSha256.replaceAll(':', '').toLowerCase()) {
      secure.destroy()
      throw new Failure('untrustedServer', { server: host, reason: 'another certificate than the pinned one', found })
    }
  }
  return secure
}

const contexts = new Map<string, tls.SecureContext>()

/** One context for all connections of the same trust: a context each would cost a megabyte. */
function contextFor(ca = ''): tls.SecureContext {
  const known = contexts.get(ca)
  if (known) return known
  const context = tls.createSecureContext(ca === '' ? {} : { ca: [...tls.rootCertificates, ca] })
  contexts.set(ca, context)
  return context
}

/** Waits for the event; an error, an end or an abort destroys the socket. */
function settled(socket: net.Socket, event: string, { server }: SocketOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (failure: Failure) => {
      stop()
      socket.on('error', () => {}) // an error after this one has nobody to hear it
      socket.destroy()
      reject(failure)
    }
    const onEvent = () => {
      stop()
      resolve()
    }
    const onError = (error: Error) => fail(networkFailure(error, server.host))
    const onClose = () => fail(new Failure('unavailable', { server: server.host, reason: 'closed while connecting' }))
    const onAbort = () => fail(abortFailure(signal, server.host))
    const stop = () => {
      socket.off(event, onEvent).off('error', onError).off('close', onClose)
      signal.removeEventListener('abort', onAbort)
    }
    socket.once(event, onEvent).once('error', onError).once('close', onClose)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
}

/** An abort by a time limit is a `timeout`, any other the caller's. */
export function abortFailure(signal: AbortSignal, server: string): Failure {
  const { reason } = signal
  if (reason instanceof Failure) return reason
  const isTimeout = reason instanceof DOMException && reason.name === 'TimeoutError'
  return new Failure(isTimeout ? 'timeout' : 'canceled', { server }, reason)
}
