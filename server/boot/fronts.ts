// Every front on the listener, with the domains it speaks for.

import type { Config } from '#config/load.ts'
import { Failure } from '#core/errors.ts'
import { openFairTurns } from '#core/fair-turns.ts'
import type { Log } from '#core/log.ts'
import type { SignedIn } from '#domain/sessions/index.ts'
import { addAssetRoutes } from '#fronts/assets/asset-routes.ts'
import type { Brand } from '#fronts/assets/brand.ts'
import { addAuthRoutes } from '#fronts/auth/auth-routes.ts'
import { type Capabilities, coreCapability, plainCapability } from '#fronts/jmap/capability.ts'
import { blobCapability, coreMethods } from '#fronts/jmap/core-methods.ts'
import { emailUnsubscribe } from '#fronts/jmap/email-unsubscribe.ts'
import { addJmapFront } from '#fronts/jmap/jmap-front.ts'
import { mailAlertMethods } from '#fronts/jmap/mail-alert-methods.ts'
import { mailCapability, mailMethods } from '#fronts/jmap/mail-methods.ts'
import type { JmapLimits, Method, MethodCall } from '#fronts/jmap/method.ts'
import { pluginCall } from '#fronts/jmap/plugin-call.ts'
import { snoozeMethods } from '#fronts/jmap/snooze-methods.ts'
import { submissionCapabilities, submissionMethods } from '#fronts/jmap/submission-methods.ts'
import { webSocketCapability } from '#fronts/jmap/websocket-routes.ts'
import { addPluginRoutes } from '#fronts/plugins/plugin-routes.ts'
import { addImageRoutes } from '#fronts/proxy/image-routes.ts'
import { openGuard } from '#http/guard.ts'
import type { Listener } from '#http/listener.ts'
import { blobsWithHooks } from '#plugins/doors/bytes.ts'
import { methodsWithHooks } from '#plugins/doors/methods.ts'
import type { Plugins } from '#plugins/index.ts'
import type { WebPart } from '#plugins/web-parts.ts'
import { capabilities as urns } from '#shared/jmap/core.ts'
import type { PluginPart } from '#shared/jmap/settings.ts'
import type { Domains } from './domains.ts'

export interface FrontDeps {
  readonly config: Config
  readonly domains: Domains
  readonly plugins: Pick<Plugins, 'hooks' | 'web' | 'call'>
  readonly baseUrl: string | null
  readonly log: Log
  readonly webFolder: string
  readonly brand: Brand | null
}

const maxStreamsPerAccount = 32

export function jmapLimits({ jmap, upload }: Pick<Config, 'jmap' | 'upload'>): JmapLimits {
  return {
    maxSizeUpload: upload.maxSize,
    maxConcurrentUpload: upload.maxConcurrent,
    maxSizeRequest: jmap.maxSizeRequest,
    maxConcurrentRequests: jmap.maxConcurrentRequests,
    maxCallsInRequest: jmap.maxCallsInRequest,
    maxObjectsInGet: jmap.maxObjectsInGet,
    maxObjectsInSet: jmap.maxObjectsInSet,
  }
}

export async function addFronts(listener: Listener, deps: FrontDeps): Promise<void> {
  const { config, domains, log } = deps
  const { accounts, sessions, uploads, mail, images, push, subscriptions } = domains
  const limits = jmapLimits(config)
  const guard = openGuard<SignedIn>({ authenticator: sessions, baseUrl: deps.baseUrl })
  // Messages, their parts and uploads alike.
  const blobs = blobsWithHooks(mail.blobs, deps.plugins.hooks)
  const capabilities: Capabilities = {
    [urns.core]: coreCapability(limits),
    [urns.mail]: mailCapability(mail),
    [urns.websocket]: webSocketCapability,
    [urns.blob]: blobCapability(limits),
    [urns.quota]: plainCapability,
    ...withPlugins(submissionCapabilities(domains), deps.plugins.web),
  }
  const ofMail = mailMethods({ mail, log })
  const emailSet = ofMail['Email/set'] as Method
  const tables = [
    coreMethods({ accounts, uploads, blobs, subscriptions, log }),
    ofMail,
    submissionMethods({ ...domains, emailSet, blobs, log }),
    mailAlertMethods({ alerts: domains.alerts, log }),
    snoozeMethods({ snoozes: domains.snoozes, log }),
    { 'Email/unsubscribe': emailUnsubscribe(domains) },
    ...(deps.plugins.web.length > 0 ? [{ 'Plugin/call': pluginCall(deps.plugins.call) }] : []),
  ]
  addAuthRoutes(listener.app, { sessions, guard, capabilities: Object.keys(capabilities) })
  addImageRoutes(listener.app, { images, guard })
  await addJmapFront(listener.app, {
    guard,
    sessions,
    push,
    uploads,
    blobs,
    methods: methodsWithHooks<MethodCall, Method>(joined(tables), deps.plugins.hooks),
    capabilities,
    limits,
    uploadTimeoutMs: config.upload.timeout,
    maxStreams: maxStreamsPerAccount,
    turns: openFairTurns({
      maxRunning: config.jmap.maxRunning,
      maxRunningPerAccount: () => listener.admission.width(config.jmap.maxRunningPerAccount),
    }),
    replyTimeoutMs: config.http.replyTimeout,
    admission: listener.admission,
    draining: listener.draining,
    drainSpreadMs: config.http.drainTimeout / 2,
    log,
  })
  addPluginRoutes(
    listener.app,
    deps.plugins.web.flatMap(({ files }) => files),
  )
  await addAssetRoutes(listener.app, { folder: deps.webFolder, brand: deps.brand, log })
}

/** What the client has to fetch, told where our own extensions are (docs/jmap-extensions.md); nothing where there is nothing. */
function withPlugins(capabilities: Capabilities, parts: readonly WebPart[]): Capabilities {
  const own = capabilities[urns.paquebot]
  if (!own || parts.length === 0) return capabilities
  const plugins = parts.map(({ name, file, settings, places }): PluginPart => {
    return { name, url: file === null ? null : `/plugins/${file}`, settings, places }
  })
  return { ...capabilities, [urns.paquebot]: { ...own, server: (...asked) => ({ ...own.server(...asked), plugins }) } }
}

function joined<T>(tables: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  const all: Record<string, T> = {}
  for (const table of tables) {
    for (const [name, method] of Object.entries(table)) {
      if (name in all) throw new Failure('internal', { method: name, reason: 'two fronts serve it' })
      all[name] = method
    }
  }
  return all
}
