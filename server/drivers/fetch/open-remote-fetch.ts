// Fetches over HTTP(S) from the public net alone. A name is resolved once per connection, by us; every address it has must
// be public, and the socket goes to one of those very addresses (the checked answer is what `net.connect` gets), so that a
// name that answers otherwise the next time changes nothing. Sends no cookie, referrer, language or address of anybody.

import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Agent, buildConnector, type Dispatcher, errors } from 'undici'
import { Failure } from '#core/errors.ts'
import type { RemoteFetch } from '#ports/remote-fetch.ts'
import { checkRemoteUrl, type UrlRules } from './check-remote-url.ts'
import { isPublicAddress } from './public-address.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export interface ConnectorOptions extends UrlRules {
  /** For the whole of it, redirects and body included. */
  readonly timeoutMs: number
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>
}

export interface RemoteFetchOptions extends ConnectorOptions {
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly userAgent: string
}

const redirects = new Set([301, 302, 303, 307, 308])

export function openRemoteFetch(options: RemoteFetchOptions): RemoteFetch {
  const agent = new Agent({
    connect: checkedConnector(options),
    connections: 8,
    pipelining: 1,
    keepAliveTimeout: 2_000,
    keepAliveMaxTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
    maxOrigins: 256,
  })

  async function request(url: URL, accept: string, signal: AbortSignal) {
    return await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      signal,
      headers: { accept, 'accept-encoding': 'identity', 'user-agent': options.userAgent },
    })
  }

  return {
    async get(text, accept, callerSignal): Promise<AsyncIterable<Uint8Array>> {
      const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(options.timeoutMs)])
      try {
        let url = checkRemoteUrl(text, options)
        for (let hop = 0; ; hop++) {
          const response = await request(url, accept, signal)
          if (response.statusCode === 200) return bodyOf(response, options.maxBytes)
          abandon(response)
          if (!redirects.has(response.statusCode)) throw new Failure('notFound', { status: response.statusCode })
          if (hop >= options.maxRedirects) throw new Failure('notFound', { reason: 'redirects' })
          const { location } = response.headers
          const next = typeof location === 'string' ? URL.parse(location, url) : null
          if (!next) throw new Failure('notFound', { reason: 'location' })
          url = checkRemoteUrl(next.href, options)
        }
      } catch (error) {
        throw translate(error)
      }
    },
    async post(text, form, callerSignal) {
      const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(options.timeoutMs)])
      try {
        const url = checkRemoteUrl(text, options)
        if (url.protocol !== 'https:' && !options.trustedOrigins.includes(url.origin)) {
          throw new Failure('badInput', { reason: 'scheme' })
        }
        const response = await agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'POST',
          signal,
          headers: { 'content-type': form.type, 'user-agent': options.userAgent },
          body: form.text,
        })
        abandon(response)
        return response.statusCode
      } catch (error) {
        throw translate(error)
      }
    },
    close: () => agent.close(),
  }
}

/** The unread body of an answer that is not wanted must not hold its connection. */
function abandon({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {}).destroy()
}

function bodyOf(response: Dispatcher.ResponseData, maxBytes: number): AsyncIterable<Uint8Array> {
  const { headers, body } = response
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding !== 'identity' || Number(headers['content-length'] ?? 0) > maxBytes) {
    abandon(response)
    throw encoding === 'identity' ? new Failure('tooLarge') : new Failure('unsupported', { encoding })
  }
  return limited(body, maxBytes)
}

async function* limited(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new Failure('tooLarge')
      yield chunk
    }
  } catch (error) {
    throw translate(error)
  }
}

/** Connects to addresses of the public net alone (open-push-sender.ts as well). */
export function checkedConnector(options: ConnectorOptions): buildConnector.connector {
  const resolve = options.resolve ?? ((hostname: string) => systemLookup(hostname, { all: true }))
  const trusted = new Set(options.trustedOrigins)

  const connectorFor = (mayBeInside: boolean) => {
    const lookup: LookupFunction = (hostname, request, callback) => {
      const answer = async () => {
        const addresses = await resolve(hostname)
        if (addresses.length === 0) throw new Failure('notFound', { reason: 'no address' })
        if (!mayBeInside && !addresses.every(({ address }) => mayConnect(address))) {
          throw new Failure('forbidden', { reason: 'resolves inside' })
        }
        return addresses
      }
      answer().then(
        (addresses) => {
          if (request.all) callback(null, [...addresses])
          else callback(null, addresses[0]!.address, addresses[0]!.family)
        },
        (error: Error) => callback(error as NodeJS.ErrnoException, '', 0),
      )
    }
    return buildConnector({ lookup, timeout: options.timeoutMs, allowH2: false })
  }
  const strict = connectorFor(false)
  const lenient = connectorFor(true)

  return (target, done) => {
    const origin = `${target.protocol}//${target.hostname}${target.port ? `:${target.port}` : ''}`
    if (trusted.has(origin)) return lenient(target, done)
    strict(target, (error, socket) => {
      // Whatever way led here, the last word has the address that the socket is connected to.
      if (socket && !mayConnect(socket.remoteAddress ?? '')) {
        socket.destroy()
        return done(new Failure('forbidden', { reason: 'connected inside' }), null)
      }
      return error ? done(error, null) : done(null, socket!)
    })
  }
}

/** A public address that is not this machine's own: what listens here may trust those who reach it from here. */
function mayConnect(address: string): boolean {
  if (!isPublicAddress(address)) return false
  return !Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address))
}

export function translate(error: unknown): Failure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Failure) return cause
    if (cause.name === 'AbortError') return new Failure('canceled', {}, error)
    if (cause.name === 'TimeoutError') return new Failure('timeout', {}, error)
    if (
      cause instanceof errors.ConnectTimeoutError ||
      cause instanceof errors.HeadersTimeoutError ||
      cause instanceof errors.BodyTimeoutError
    ) {
      return new Failure('timeout', {}, error)
    }
  }
  return new Failure('unavailable', {}, error)
}
