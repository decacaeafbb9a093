// Push over an event stream (RFC 8620 §7.3).

import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Failure, isFailure } from '#core/errors.ts'
import type { SignedIn } from '#domain/sessions/index.ts'
import type { Guard } from '#http/guard.ts'
import { ending } from './api-routes.ts'
import type { Concurrency } from './concurrency.ts'
import { followTypes, type PushStreamDeps, watchLifetime } from './push-stream.ts'

export interface EventSourceDeps extends PushStreamDeps {
  readonly guard: Guard<SignedIn>
  readonly concurrentStreams: Concurrency
  /** A stream is never without an octet for longer, 60 s. */
  readonly quietMs?: number
}

/** RFC 8620 §7.3: the server may change what was asked for, and says in each ping what it does. */
const minPingSeconds = 5
const maxPingSeconds = 900
/** A client that reads so little of so little is gone. */
const maxBufferedBytes = 256 * 1024

/** https://html.spec.whatwg.org/multipage/server-sent-events.html: when a browser connects again. */
const minRetryMs = 300
const retrySpreadMs = 1_700
/** A proxy takes a stream without an octet for dead. */
const defaultQuietMs = 60_000

type Query = Readonly<Record<string, unknown>>

export function addEventSourceRoutes(app: FastifyInstance, deps: EventSourceDeps): void {
  const { quietMs = defaultQuietMs } = deps
  const route = { onRequest: deps.guard.signedIn, config: { admission: 'long' } } as const
  app.get<{ Querystring: Query }>('/jmap/events', route, async (request, reply) => {
    const types = readTypes(request.query.types, deps.push.types)
    const closeAfter = readChoice(request.query.closeafter)
    const pingSeconds = readPing(request.query.ping)
    const lastEventId = request.headers['last-event-id']
    const caller = deps.guard.callerOf(request)
    const signedIn = deps.guard.identityOf(request)
    if (!deps.concurrentStreams.enter(caller.account)) throw new Failure('rateLimited', { reason: 'too many streams' })

    const stream = new PassThrough()
    const write = (text: string) => {
      stream.write(text)
      if (stream.writableLength > maxBufferedBytes) stream.destroy()
    }
    const close = () => void stream.end()
    const lifetime = watchLifetime(deps, signedIn, close)
    let ping: NodeJS.Timeout | undefined
    let stillHere: NodeJS.Timeout | undefined
    let stop = () => {}
    stream.once('close', () => {
      deps.concurrentStreams.leave(caller.account)
      lifetime.stop()
      clearInterval(ping)
      clearInterval(stillHere)
      stop()
    })
    try {
      // Followed before the headers go out: once the stream stands, no change is missed.
      const following = await ending(deps, request, () =>
        followTypes(deps.push, caller, types, typeof lastEventId === 'string' ? lastEventId : null, {
          told({ change, pushState, position }) {
            // Before the state: whoever reads on after it must find it on any node. Clients that do not know the event skip it.
            if (position !== null) write(`event: position\ndata: ${position}\n\n`)
            write(`event: state\nid: ${pushState}\ndata: ${JSON.stringify(change)}\n\n`)
            if (closeAfter === 'state') close()
          },
          sessionEnded: lifetime.check,
          ended(failure) {
            if (isFailure(failure, 'badCredentials')) void deps.sessions.end(signedIn).finally(close)
            else close()
          },
        }),
      )
      stop = following.stop
      if (stream.destroyed || caller.signal.aborted) {
        stream.destroy()
        stop()
      }
    } catch (error) {
      stream.destroy()
      throw error
    }
    if (pingSeconds > 0) {
      const data = JSON.stringify({ interval: pingSeconds })
      ping = setInterval(() => write(`event: ping\ndata: ${data}\n\n`), pingSeconds * 1000)
    }
    // Whatever the client asked for: between rare pings the stream would be dead for proxies, and for [http] silence_timeout.
    if (pingSeconds === 0 || pingSeconds * 1000 > quietMs)
      stillHere = setInterval(() => write(': still here\n\n'), quietMs)
    // A comment, so that headers and a first octet are on their way at once.
    // Whose stream ends comes back at a moment of his own.
    write(`: paquebot\nretry: ${Math.round(minRetryMs + Math.random() * retrySpreadMs)}\n\n`)
    return reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      .send(stream)
  })
}

/** `*`, or names parted by commas; names that we do not have are no error (a later server may). */
function readTypes(value: unknown, all: ReadonlySet<string>): ReadonlySet<string> {
  if (value === undefined || value === '*') return all
  if (typeof value !== 'string' || !/^[A-Za-z0-9:,_-]{1,2000}$/.test(value)) {
    throw new Failure('badInput', { description: 'types: * or type names parted by commas' })
  }
  return new Set(value.split(','))
}

function readChoice(value: unknown): 'state' | 'no' {
  if (value === undefined || value === 'no') return 'no'
  if (value === 'state') return 'state'
  throw new Failure('badInput', { description: 'closeafter: state or no' })
}

function readPing(value: unknown): number {
  if (value === undefined) return 0
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) {
    throw new Failure('badInput', { description: 'ping: seconds' })
  }
  const seconds = Number(value)
  return seconds === 0 ? 0 : Math.min(maxPingSeconds, Math.max(minPingSeconds, seconds))
}
