// The methods of the core and of what stands beside it: PushSubscription/*, Blob/*, Quota/*. boot joins them with the other owners'.

import type { Log } from '#core/log.ts'
import type { Accounts } from '#domain/accounts/index.ts'
import type { Subscriptions } from '#domain/push/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import { blobCopy } from './blob-copy.ts'
import { blobGet, supportedDigestAlgorithms } from './blob-get.ts'
import { blobLookup } from './blob-lookup.ts'
import { blobUpload, maxDataSources } from './blob-upload.ts'
import { type Blobs, lookupTypeNames } from './blobs.ts'
import type { Capability } from './capability.ts'
import { coreEcho } from './core-echo.ts'
import type { JmapLimits, Method } from './method.ts'
import { pushSubscriptionMethods } from './push-subscription.ts'
import { quotaMethods } from './quota-methods.ts'

export interface CoreMethodsDeps {
  readonly accounts: Pick<Accounts, 'quota'>
  readonly uploads: Pick<Uploads, 'put'>
  readonly blobs: Blobs
  readonly subscriptions: Subscriptions
  readonly log: Log
}

export function coreMethods(deps: CoreMethodsDeps): Record<string, Method> {
  return {
    'Core/echo': coreEcho,
    'Blob/copy': blobCopy(deps),
    'Blob/upload': blobUpload(deps),
    'Blob/get': blobGet(deps),
    'Blob/lookup': blobLookup(deps),
    ...quotaMethods(deps),
    ...pushSubscriptionMethods(deps),
  }
}

/** RFC 9404 §3.1. */
export function blobCapability(limits: JmapLimits): Capability {
  const account = {
    maxSizeBlobSet: limits.maxSizeUpload,
    maxDataSources,
    supportedTypeNames: lookupTypeNames,
    supportedDigestAlgorithms,
  }
  return { server: () => ({}), account: async () => account }
}
