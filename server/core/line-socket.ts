// A TCP connection of a line protocol (SMTP, ManageSieve): lines and counted octets in, bounded and with time limits; TLS from
// the start or in between, by CA or by pin. Knows no protocol. Once it failed, every further call fails the same way.

import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Failure } from './errors.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  /** SHA-256 of the certificate, hex; then no CA is asked. */
  readonly pinnedSha256?: string
}

export interface LineSocket {
  readonly isSecure: boolean
  /** Our end, as an address literal needs it. */
  readonly localAddress: string
  /** One line without its CRLF, as Latin-1: octets are characters. `unavailable` past `maxBytes`. */
  readLine(maxBytes: number, timeoutMs: number): Promise<string>
  readBytes(count: number, timeoutMs: number): Promise<Buffer>
  /** Hands over to the kernel; resolves when no more than a buffer's worth waits. */
  write(data: string | Uint8Array, timeoutMs: number): Promise<void>
  /** Throws `untrustedServer` when the peer said anything in clear that we have not read: it would be taken for its word under TLS. */
  startTls(timeoutMs: number): Promise<void>
  /** A line that has arrived already, or null: for what a server says on its way out. */
  takeLine(): string | null
  close(): void
}

const tlsFaults = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH)/

function translate(error: Error & { code?: string }, endpoint: Endpoint): Failure {
  const detail = { server: `${endpoint.host}:${endpoint.port}`, reason: error.message }
  if (error.code && tlsFaults.test(error.code)) return new Failure('untrustedServer', detail, error)
  return new Failure('unavailable', detail, error)
}

function secure(socket: Socket, { host, pinnedSha256 }: Endpoint): TLSSocket {
  const secured = connectTls({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: pinnedSha256 === undefined,
  })
  return secured
}

function assertPin(socket: TLSSocket, { host, port, pinnedSha256 }: Endpoint): void {
  if (pinnedSha256 === undefined) return
  const seen = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase()
  if (seen !== pinnedSha256.replaceAll(':', '').toLowerCase()) {
    throw new Failure('untrustedServer', {
      server: `${host}:${port}`,
      reason: 'another certificate than the pinned',
      seen,
    })
  }
}

export async function connectLineSocket(
  endpoint: Endpoint,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LineSocket> {
  if (signal.aborted) throw new Failure('canceled', {}, signal.reason)
  const server = `${endpoint.host}:${endpoint.port}`
  let socket: Socket = connectTcp({ host: endpoint.host, port: endpoint.port, noDelay: true })
  let buffer: Buffer = Buffer.alloc(0)
  let failure: Failure | null = null
  let wake: (() => void) | null = null

  const fail = (cause: Failure) => {
    failure ??= cause
    socket.destroy()
    wake?.()
  }
  const onAbort = () => fail(new Failure('canceled', {}, signal.reason))
  signal.addEventListener('abort', onAbort, { once: true })

  const onError = (error: Error) => fail(translate(error, endpoint))
  const onEnd = () => {
    failure ??= new Failure('unavailable', { server, reason: 'connection closed by the server' })
    wake?.()
  }
  const onData = (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    // Nobody asked for so much: the reader takes lines of a few KB and literals that he announced.
    if (buffer.length > 64 * 1024) socket.pause()
    wake?.()
  }
  const attach = () => {
    socket.on('data', onData)
    socket.on('error', onError)
    socket.on('end', onEnd)
    socket.on('close', onEnd)
  }

  /** Runs until `isDone` gives something, the connection fails, or the time is up. */
  async function until<T>(isDone: () => T | null, waitMs: number): Promise<T> {
    const timer = setTimeout(() => fail(new Failure('timeout', { server, timeoutMs: waitMs })), waitMs)
    try {
      for (;;) {
        const done = isDone()
        if (done !== null) return done
        if (failure) throw failure
        if (socket.isPaused()) socket.resume()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      clearTimeout(timer)
      wake = null
    }
  }

  async function ready(event: 'connect' | 'secureConnect', waitMs: number): Promise<void> {
    let done = false
    socket.once(event, () => {
      done = true
      wake?.()
    })
    await until(() => (done ? true : null), waitMs)
  }

  async function upgrade(waitMs: number): Promise<void> {
    const plain = socket
    plain.removeAllListeners('data')
    plain.removeAllListeners('end')
    plain.removeAllListeners('close')
    const secured = secure(plain, endpoint)
    socket = secured
    socket.on('error', onError)
    socket.on('close', onEnd)
    await ready('secureConnect', waitMs)
    try {
      assertPin(secured, endpoint)
    } catch (error) {
      fail(error as Failure)
      throw error
    }
    socket.on('data', onData)
    socket.on('end', onEnd)
  }

  function takeLine(maxBytes: number): string | null {
    const newline = buffer.indexOf(0x0a)
    if (newline < 0 ? buffer.length > maxBytes : newline > maxBytes) {
      fail(new Failure('unavailable', { server, reason: `a line longer than ${maxBytes} octets` }))
    }
    if (newline < 0 || failure?.detail.reason === `a line longer than ${maxBytes} octets`) return null
    const line = buffer.toString('latin1', 0, newline > 0 && buffer[newline - 1] === 0x0d ? newline - 1 : newline)
    buffer = buffer.subarray(newline + 1)
    return line
  }

  try {
    if (endpoint.tls === 'implicit') {
      socket.on('error', onError)
      socket.on('close', onEnd)
      await ready('connect', timeoutMs)
      await upgrade(timeoutMs)
    } else {
      attach()
      await ready('connect', timeoutMs)
    }
  } catch (error) {
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
    throw error
  }

  return {
    get isSecure() {
      return 'encrypted' in socket
    },
    localAddress: socket.localAddress ?? '127.0.0.1',
    readLine: (maxBytes, waitMs) => until(() => takeLine(maxBytes), waitMs),
    takeLine: () => takeLine(4096),
    async readBytes(count, waitMs) {
      const bytes = await until(() => (buffer.length >= count ? buffer.subarray(0, count) : null), waitMs)
      buffer = buffer.subarray(count)
      return bytes
    },
    async write(data, waitMs) {
      if (failure) throw failure
      let flushed = socket.write(data)
      if (flushed) return
      socket.once('drain', () => {
        flushed = true
        wake?.()
      })
      await until(() => (flushed ? true : null), waitMs)
    },
    async startTls(waitMs) {
      if (buffer.length > 0) {
        fail(new Failure('untrustedServer', { server, reason: 'octets in clear behind the answer to STARTTLS' }))
        throw failure
      }
      await upgrade(waitMs)
    },
    close() {
      signal.removeEventListener('abort', onAbort)
      failure ??= new Failure('unavailable', { server, reason: 'closed by us' })
      socket.on('error', () => {})
      socket.end()
      // A peer that never closes its half must not hold ours.
      setTimeout(() => socket.destroy(), 2000).unref()
    },
  }
}
