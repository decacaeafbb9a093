// The JMAP front: joins its routes, each group in a Fastify scope of its own, since they take bodies differently.

import type { FastifyInstance } from 'fastify'
import type { FairTurns } from '#core/fair-turns.ts'
import type { Log } from '#core/log.ts'
import type { Push } from '#domain/push/index.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import type { Admission } from '#http/admission.ts'
import type { Draining } from '#http/draining.ts'
import type { Guard } from '#http/guard.ts'
import { addApiRoutes } from './api-routes.ts'
import type { Blobs } from './blobs.ts'
import type { Capabilities } from './capability.ts'
import { compressReplies } from './compress-replies.ts'
import { openConcurrency } from './concurrency.ts'
import { addDownloadRoutes } from './download-routes.ts'
import { addEventSourceRoutes } from './event-source-routes.ts'
import type { JmapLimits, Method } from './method.ts'
import { addUploadRoutes } from './upload-routes.ts'
import { addWebSocketRoutes } from './websocket-routes.ts'

export interface JmapFrontDeps {
  readonly guard: Guard<SignedIn>
  readonly sessions: Pick<Sessions, 'end' | 'isAlive'>
  readonly push: Push
  readonly uploads: Pick<Uploads, 'put'>
  readonly blobs: Blobs
  readonly methods: Readonly<Record<string, Method>>
  readonly capabilities: Capabilities
  readonly limits: JmapLimits
  readonly turns: FairTurns
  readonly replyTimeoutMs: number
  readonly admission: Pick<Admission, 'check'>
  readonly uploadTimeoutMs: number
  /** Streams of one account on this node: event sources and WebSockets. */
  readonly maxStreams: number
  /** Begins the end of streams (http/listener.ts), which then close within `drainSpreadMs`. */
  readonly draining: Draining
  readonly drainSpreadMs: number
  /** An event stream is never without an octet for longer, 60 s. */
  readonly quietMs?: number
  readonly log: Log
}

export async function addJmapFront(app: FastifyInstance, deps: JmapFrontDeps): Promise<void> {
  const { limits } = deps
  const concurrentRequests = openConcurrency(limits.maxConcurrentRequests)
  const concurrentUploads = openConcurrency(limits.maxConcurrentUpload)
  const concurrentStreams = openConcurrency(deps.maxStreams)
  await app.register(async (scope) => {
    await compressReplies(scope)
    addApiRoutes(scope, { ...deps, concurrentRequests })
  })
  await app.register(async (scope) => addUploadRoutes(scope, { ...deps, concurrentUploads }))
  await app.register(async (scope) => addDownloadRoutes(scope, deps))
  await app.register(async (scope) => addEventSourceRoutes(scope, { ...deps, concurrentStreams }))
  await app.register(async (scope) => addWebSocketRoutes(scope, { ...deps, concurrentRequests, concurrentStreams }))
}
