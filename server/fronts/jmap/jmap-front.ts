// The JMAP front: joins its routes, each group in a Fastify scope of its own, since they take bodies differently.

import type { FastifyInstance } from 'fastify'
import type { Log } from '#core/log.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import type { Guard } from '#http/guard.ts'
import { addApiRoutes } from './api-routes.ts'
import type { Capabilities } from './capability.ts'
import { openConcurrency } from './concurrency.ts'
import { addDownloadRoutes, type Blobs } from './download-routes.ts'
import type { JmapLimits, Method } from './method.ts'
import { addUploadRoutes } from './upload-routes.ts'

export interface JmapFrontDeps {
  readonly guard: Guard<SignedIn>
  readonly sessions: Pick<Sessions, 'end'>
  readonly uploads: Pick<Uploads, 'put'>
  readonly blobs: Blobs
  readonly methods: Readonly<Record<string, Method>>
  readonly capabilities: Capabilities
  readonly limits: JmapLimits
  readonly uploadTimeoutMs: number
  readonly log: Log
}

export async function addJmapFront(app: FastifyInstance, deps: JmapFrontDeps): Promise<void> {
  const { limits } = deps
  const concurrentRequests = openConcurrency(limits.maxConcurrentRequests)
  const concurrentUploads = openConcurrency(limits.maxConcurrentUpload)
  await app.register(async (scope) => addApiRoutes(scope, { ...deps, concurrentRequests }))
  await app.register(async (scope) => addUploadRoutes(scope, { ...deps, concurrentUploads }))
  await app.register(async (scope) => addDownloadRoutes(scope, deps))
}
