// A browser with our page in it, as far as the network can tell: its own connections, a cookie jar of one cookie, and the web
// client's own JMAP client with the retries that people get (web/src/jmap). Uploads and the event stream, which need what only
// browsers have, are done here by the same rules.

import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch as fetchWith } from 'undici'
import type { SessionResource } from '#shared/jmap/core.ts'
import { type JmapClient, openClient } from '../../web/src/jmap/client.ts'
import { delayMs, fateOf } from '../../web/src/jmap/retry-policy.ts'

export interface BrowserOptions {
  /** `https://webmail.lab.test`. */
  readonly origin: string
  readonly username: string
  readonly password: string
  readonly onLoggedOut: (detail: string) => void
  readonly onStream: (event: 'streamOpened' | 'streamBroken' | 'pushed', detail: string) => void
}

export interface Browser {
  readonly client: JmapClient
  /** Requests made so far. */
  requests(): number
  upload(bytes: Uint8Array): Promise<{ blobId: string; size: number }>
  /** One request with the cookie, not repeated; `origin` may be a single node's. */
  fetch(
    path: string,
    init?: { method?: string; body?: string | Uint8Array; headers?: Record<string, string>; signal?: AbortSignal },
    origin?: string,
  ): Promise<Response>
  close(): Promise<void>
}

/** What Chromium waits before it opens an event stream again that ended. */
const streamDelayMs = 3000

export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const agent = new Agent({
    connections: 6,
    // The lab's balancers have a certificate that they signed themselves.
    connect: { rejectUnauthorized: false, timeout: 5000 },
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
  })
  let requests = 0
  let cookie = ''
  let csrf = ''
  let isClosed = false
  const closing = new AbortController()

  const send: Browser['fetch'] = (path, init = {}, origin = options.origin) => {
    requests++
    const url = new URL(path, origin)
    const headers = {
      ...init.headers,
      ...{ origin: options.origin, cookie, 'x-csrf-token': csrf, 'user-agent': 'paquebot-lab' },
      // A node asked directly is to believe what a balancer would have told it.
      ...(origin === options.origin
        ? {}
        : { 'x-forwarded-proto': 'https', 'x-forwarded-host': new URL(options.origin).host }),
    }
    return fetchWith(url, { ...init, headers, dispatcher: agent }) as unknown as Promise<Response>
  }

  async function signIn(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const reply = await send('/auth/sign-in', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: options.username, password: options.password, remember: false }),
        })
        const body = (await reply.json()) as { csrf?: string; type?: string }
        if (reply.ok && body.csrf) {
          csrf = body.csrf
          cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? ''
          return
        }
        if (reply.status === 401) throw new Error(`signing in was refused: ${body.type}`)
      } catch (error) {
        if (attempt >= 20) throw error
      }
      await sleep(delayMs(attempt))
    }
  }

  await signIn()
  const session = await readSession()
  const client = openClient(session, {
    fetch: ((url: string, init: RequestInit) =>
      send(new URL(url, options.origin).pathname, init as never)) as unknown as typeof fetch,
    csrf: () => csrf,
    async signInAgain() {
      options.onLoggedOut('a request met 401')
      await signIn()
    },
  })

  async function readSession(): Promise<SessionResource> {
    for (let attempt = 0; ; attempt++) {
      try {
        const reply = await send('/jmap/session')
        if (reply.ok) return (await reply.json()) as SessionResource
        throw new Error(`the session object: HTTP ${reply.status}`)
      } catch (error) {
        if (attempt >= 20) throw error
      }
      await sleep(delayMs(attempt))
    }
  }

  /** RFC 8620 §7.3, as the browser's EventSource and web/src/jmap/push.ts do together. */
  async function follow(): Promise<void> {
    const url = session.eventSourceUrl.replace('{types}', '*').replace('{closeafter}', 'no').replace('{ping}', '60')
    for (let failures = 0; !isClosed; ) {
      try {
        const reply = await send(new URL(url, options.origin).pathname + new URL(url, options.origin).search, {
          headers: { accept: 'text/event-stream' },
          signal: closing.signal,
        })
        if (reply.status === 401) options.onLoggedOut('the event stream met 401')
        if (!reply.ok || !reply.body) {
          await reply.body?.cancel()
          options.onStream('streamBroken', `HTTP ${reply.status}`)
          await sleep(delayMs(2 + failures++), undefined, { signal: closing.signal })
          continue
        }
        failures = 0
        options.onStream('streamOpened', '')
        let rest = ''
        for await (const chunk of reply.body.pipeThrough(
          new TextDecoderStream() as never,
        ) as unknown as AsyncIterable<string>) {
          const blocks = (rest + chunk).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) if (block.includes('event: state')) options.onStream('pushed', '')
        }
        options.onStream('streamBroken', 'ended')
      } catch (error) {
        if (isClosed) return
        options.onStream('streamBroken', reasonOf(error))
      }
      await sleep(streamDelayMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  const following = follow().catch(() => {})

  return {
    client,
    requests: () => requests,
    fetch: send,
    async upload(bytes) {
      const path = session.uploadUrl.replace('{accountId}', encodeURIComponent(client.accountId))
      // What is uploaded is known by its hash: sending it again makes nothing twice.
      for (let attempt = 0; ; attempt++) {
        let status = 0
        try {
          const reply = await send(new URL(path, options.origin).pathname, {
            method: 'POST',
            headers: { 'content-type': 'application/octet-stream' },
            body: bytes,
          })
          status = reply.status
          if (reply.ok) return (await reply.json()) as { blobId: string; size: number }
          const text = await reply.text()
          if (status === 401) options.onLoggedOut('an upload met 401')
          if (fateOf(reply) === 'answered') throw new Refused(`HTTP ${status} ${text.slice(0, 200)}`)
        } catch (error) {
          if (error instanceof Refused || attempt >= 20) throw error
        }
        if (attempt >= 20) throw new Error(`HTTP ${status}`)
        await sleep(delayMs(attempt))
      }
    },
    async close() {
      isClosed = true
      closing.abort()
      await following
      await agent.destroy()
    },
  }
}

class Refused extends Error {}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
