// A node in this process, over the fake mail store, SQLite and a blob folder, on a free port: what boot would start, with
// everything a test may want to reach or to break at hand. Tests speak to it from outside, by fetch and WebSocket.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Caller } from '#core/caller.ts'
import { systemClock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import { type FairTurnsOptions, openFairTurns } from '#core/fair-turns.ts'
import { type Log, silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import { openAccounts } from '#domain/accounts/index.ts'
import { openMail as openMailDomain } from '#domain/mail/index.ts'
import { openPush, openSubscriptions, type StateReader } from '#domain/push/index.ts'
import { openSessions, type SessionConfig, type SignedIn, sessionEndedType } from '#domain/sessions/index.ts'
import { openUploads, type UploadsConfig } from '#domain/uploads/index.ts'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import { openSqlSessionStore } from '#drivers/session/sql.ts'
import { addAuthRoutes } from '#fronts/auth/auth-routes.ts'
import type { Blobs } from '#fronts/jmap/blobs.ts'
import { type Capabilities, coreCapability, plainCapability } from '#fronts/jmap/capability.ts'
import { blobCapability, coreMethods } from '#fronts/jmap/core-methods.ts'
import { addJmapFront } from '#fronts/jmap/jmap-front.ts'
import { mailCapability, mailMethods } from '#fronts/jmap/mail-methods.ts'
import type { JmapLimits, Method } from '#fronts/jmap/method.ts'
import { webSocketCapability } from '#fronts/jmap/websocket-routes.ts'
import { openGuard } from '#http/guard.ts'
import type { ReadyCheck } from '#http/health-monitor.ts'
import { type ListenerOptions, openListener } from '#http/listener.ts'
import type { Directory } from '#ports/directory.ts'
import type { PushMessage } from '#ports/push-sender.ts'
import type { SessionStore } from '#ports/session-store.ts'
import { type SessionResource, capabilities as urns } from '#shared/jmap/core.ts'
import { openFakeMailStore } from './fake-mail-store.ts'
import { openMemoryBus } from './memory-bus.ts'
import { openTestSql } from './sqlite.ts'

export interface TestNodeOptions {
  /** Passwords by address; default alice and bob at example.test, `demo`. */
  readonly passwords?: Readonly<Record<string, string>>
  readonly limits?: Partial<JmapLimits>
  readonly sessions?: Partial<SessionConfig>
  readonly uploads?: Partial<UploadsConfig>
  readonly http?: Partial<ListenerOptions> & { readonly baseUrl?: string | null }
  readonly uploadTimeoutMs?: number
  /** Of event streams. */
  readonly quietMs?: number
  readonly turns?: FairTurnsOptions
  readonly replyTimeoutMs?: number
  readonly log?: Log
  /** Methods and capabilities beside the core's. */
  readonly methods?: Readonly<Record<string, Method>>
  readonly capabilities?: Capabilities
  readonly checks?: Readonly<Record<string, ReadyCheck>>
  /** States to push besides the mail's. */
  readonly states?: Readonly<Record<string, StateReader>>
  readonly wrapSessionStore?: (store: SessionStore) => SessionStore
}

export const testLimits: JmapLimits = {
  maxSizeUpload: 1_000_000,
  maxConcurrentUpload: 4,
  maxSizeRequest: 100_000,
  maxConcurrentRequests: 8,
  maxCallsInRequest: 16,
  maxObjectsInGet: 50,
  maxObjectsInSet: 50,
}

const sessionConfig: SessionConfig = {
  idleMs: 3_600_000,
  lifetimeMs: 86_400_000,
  rememberIdleMs: 30 * 86_400_000,
  rememberLifetimeMs: 90 * 86_400_000,
  maxTokenDays: 366,
  failuresPerAddress: 5,
  failureDrainPerAddressMs: 60_000,
  failuresPerRemote: 50,
  failureDrainPerRemoteMs: 10_000,
  refusalMs: 0,
  basicCacheMs: 60_000,
  basicCacheMax: 100,
}

/** Every address at example.test has one server; the account's address is in lower case. */
export const testDirectory: Directory = {
  async route(typed) {
    const address = typed.toLowerCase()
    if (!address.endsWith('@example.test')) throw new Failure('notFound')
    const server = { host: '127.0.0.1', port: 1, tls: 'none' as const }
    return { address, login: address, imap: server, smtp: server, sieve: null }
  },
}

export type TestNode = Awaited<ReturnType<typeof startTestNode>>

export async function startTestNode(options: TestNodeOptions = {}) {
  const log = options.log ?? silentLog
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-node-'))
  const sqlDatabase = await openTestSql()
  const mailStore = openFakeMailStore({
    passwords: options.passwords ?? { 'alice@example.test': 'demo', 'bob@example.test': 'demo' },
  })
  const limits = { ...testLimits, ...options.limits }
  const clock = systemClock
  const openMail = async (caller: Caller) => {
    const route = await testDirectory.route(caller.address, caller.signal)
    return mailStore.account({ account: caller.account, server: route.imap, credential: caller.credential })
  }
  const bus = openMemoryBus()
  const accounts = openAccounts({ sql: sqlDatabase.for(), openMail, clock })
  const realSessionStore = openSqlSessionStore(sqlDatabase)
  const sessionStore = options.wrapSessionStore?.(realSessionStore) ?? realSessionStore
  const sessions = openSessions({
    sql: sqlDatabase.for(),
    store: sessionStore,
    keyRing: openKeyRing([{ id: 'test', key: Buffer.alloc(32, 7) }]),
    directory: testDirectory,
    mailStore,
    accounts,
    bus,
    clock,
    log,
    config: { ...sessionConfig, ...options.sessions },
  })
  const blobStore = await openFsBlobStore(join(folder, 'blobs'))
  const uploads = openUploads({
    sql: sqlDatabase.for(),
    blobs: blobStore,
    clock,
    log,
    config: { quotaBytes: 50_000_000, graceMs: 3_600_000, ...options.uploads },
  })
  const mail = openMailDomain({ open: openMail, uploads, sql: sqlDatabase.for(), bus })
  const blobs: Blobs = mail.blobs
  const pushed: { readonly url: string; readonly message: PushMessage }[] = []
  const subscriptions = openSubscriptions({
    sql: sqlDatabase.for(),
    sender: {
      async send(url, message) {
        pushed.push({ url, message })
        return 'accepted'
      },
      async close() {},
    },
    isSessionAlive: (session) => sessions.isStanding(session),
    clock,
    log,
  })
  const { baseUrl = null, ...http } = options.http ?? {}
  const listener = await openListener(
    { log, checks: options.checks ?? {} },
    {
      listen: '127.0.0.1:0',
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      drainTimeoutMs: 5_000,
      maxSocketMessageBytes: limits.maxSizeRequest,
      ...http,
    },
  )
  const guard = openGuard<SignedIn>({ authenticator: sessions, baseUrl })
  const turns = openFairTurns(options.turns ?? { maxRunning: 64, maxRunningPerAccount: () => 8 })
  const capabilities: Capabilities = {
    [urns.core]: coreCapability(limits),
    [urns.mail]: mailCapability(mail),
    [urns.websocket]: webSocketCapability,
    [urns.blob]: blobCapability(limits),
    [urns.quota]: plainCapability,
    ...options.capabilities,
  }
  addAuthRoutes(listener.app, { sessions, guard, capabilities: Object.keys(capabilities) })
  await addJmapFront(listener.app, {
    guard,
    sessions,
    push: openPush({
      bus,
      sessionEndedType,
      openMail,
      subscriptions,
      readers: options.states ?? {},
      log,
      gatherMs: 20,
    }),
    uploads,
    maxStreams: 8,
    turns,
    replyTimeoutMs: options.replyTimeoutMs ?? 30_000,
    admission: listener.admission,
    draining: listener.draining,
    drainSpreadMs: 300,
    ...(options.quietMs !== undefined && { quietMs: options.quietMs }),
    blobs,
    methods: {
      ...coreMethods({ accounts, uploads, blobs, subscriptions, log }),
      ...mailMethods({ mail, log, clock }),
      ...options.methods,
    },
    capabilities,
    limits,
    uploadTimeoutMs: options.uploadTimeoutMs ?? 30_000,
    log,
  })
  const { host, port } = await listener.listen()
  const url = `http://${host}:${port}`
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await listener.drain()
      await mailStore.close()
      await sqlDatabase.close()
      rmSync(folder, { recursive: true, force: true })
    })()
    return stopping
  }
  return {
    url,
    host,
    port,
    listener,
    turns,
    bus,
    /** What went to push services. */
    pushed,
    mailStore,
    sessions,
    uploads,
    blobStore,
    sqlDatabase,
    accounts,
    limits,
    stop,
    /** `await using node = await startTestNode()`: a test that fails leaves no node running, and its file ends. */
    [Symbol.asyncDispose]: stop,
  }
}

export interface TestClient {
  readonly cookie: string
  readonly csrf: string
  readonly accountId: string
  /** fetch with the cookie, our Origin and the CSRF token. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** POST /jmap/api; the parsed answer. */
  request(body: unknown): Promise<{ status: number; body: Record<string, unknown> }>
  /** One call, with all that the session has in `using`; its [name, arguments]. */
  call(name: string, args: unknown, using?: readonly string[]): Promise<readonly [string, Record<string, unknown>]>
}

/** Signs in as a browser does. */
export async function signIn(
  node: { readonly url: string },
  username = 'alice@example.test',
  password = 'demo',
): Promise<TestClient> {
  const reply = await fetch(`${node.url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: node.url },
    body: JSON.stringify({ username, password, remember: false }),
  })
  if (!reply.ok) throw new Error(`sign-in: ${reply.status} ${await reply.text()}`)
  const { csrf } = (await reply.json()) as { csrf: string }
  const cookie = reply.headers.getSetCookie()[0]!.split(';')[0]!
  const client = {
    cookie,
    csrf,
    fetch: (path: string, init: RequestInit = {}) =>
      fetch(new URL(path, node.url), {
        ...init,
        headers: { cookie, origin: node.url, 'x-csrf-token': csrf, ...(init.headers as Record<string, string>) },
      }),
  }
  const session = (await (await client.fetch('/jmap/session')).json()) as SessionResource
  const accountId = session.primaryAccounts[urns.core]!
  const request = async (body: unknown) => {
    const answer = await client.fetch('/jmap/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return {
    ...client,
    accountId,
    request,
    async call(name, args, using = Object.keys(session.capabilities)) {
      const { body } = await request({ using, methodCalls: [[name, args, 'c']] })
      const [first] = (body.methodResponses ?? []) as (readonly [string, Record<string, unknown>, string])[]
      if (!first) throw new Error(`refused: ${JSON.stringify(body)}`)
      return [first[0], first[1]]
    },
  }
}
