// Every domain with the ports it needs. The order is that of who needs whom; nothing here listens or works by itself yet.

import type { Config } from '#config/load.ts'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { openAccounts } from '#domain/accounts/index.ts'
import { openAlerts } from '#domain/alerts/index.ts'
import { openFilters } from '#domain/filters/index.ts'
import { openImages } from '#domain/images/index.ts'
import { openMail } from '#domain/mail/index.ts'
import { openPush, openSubscriptions } from '#domain/push/index.ts'
import { openSessions, sessionEndedType } from '#domain/sessions/index.ts'
import { openSettings } from '#domain/settings/index.ts'
import { openSnoozes } from '#domain/snoozes/index.ts'
import { openSubmission, type SubmissionDeps } from '#domain/submission/index.ts'
import { openUnsubscribe } from '#domain/unsubscribe/index.ts'
import { openUploads } from '#domain/uploads/index.ts'
import { openPushSender } from '#drivers/fetch/open-push-sender.ts'
import { openRemoteFetch } from '#drivers/fetch/open-remote-fetch.ts'
import { openManageSieve } from '#drivers/sieve/index.ts'
import { openSmtpTransport } from '#drivers/smtp/index.ts'
import { imagesWithHooks, uploadsWithHooks } from '#plugins/doors/bytes.ts'
import { mailWithHooks } from '#plugins/doors/mail.ts'
import { sessionsWithHooks } from '#plugins/doors/sessions.ts'
import {
  accountsWithHooks,
  identitiesWithHooks,
  settingsWithHooks,
  templatesWithHooks,
} from '#plugins/doors/settings.ts'
import type { Plugins } from '#plugins/index.ts'
import { mailServerAuthenticator } from '#ports/authenticator.ts'
import type { MailParts } from './mail.ts'
import type { SharedParts } from './shared-parts.ts'
import type { Storage } from './storage.ts'

export interface DomainDeps {
  readonly config: Config
  readonly storage: Storage
  readonly mail: MailParts
  readonly shared: SharedParts
  readonly plugins: Plugins
  readonly log: Log
  readonly clock: Clock
  /** Told when a send is due earlier than known (jobs/outbox.ts). */
  readonly wake: (at: number) => void
  /** The same for messages that sleep. */
  readonly wakeSnoozes: (at: number) => void
  /** For tests that kill a process at each step of a send. */
  readonly onStep?: SubmissionDeps['onStep']
}

export type Domains = Awaited<ReturnType<typeof openDomains>>

const pushTimeoutMs = 10_000
const settingsLimits = { maxValueBytes: 65_536, maxKeys: 500, maxTemplates: 200, maxTemplateBytes: 1_000_000 }

export async function openDomains(deps: DomainDeps) {
  const { config, storage, log, clock } = deps
  const { directory, mailStore, openMail: open } = deps.mail
  const sql = storage.sql
  const { bus } = deps.shared
  const { hooks } = deps.plugins
  const accounts = openAccounts({
    sql: sql.for(),
    openMail: open,
    clock,
    onCreated: (accountId, address) => hooks.tell('account.created', { accountId, address }, null),
  })
  const sessions = openSessions({
    sql: sql.for(),
    store: deps.shared.sessionStore,
    keyRing: storage.keyRing,
    directory,
    mailStore,
    authenticator: await deps.plugins.provided.authenticator(mailServerAuthenticator),
    accounts,
    bus,
    clock,
    log,
    config: {
      idleMs: config.session.idle,
      lifetimeMs: config.session.lifetime,
      rememberIdleMs: config.session.rememberIdle,
      rememberLifetimeMs: config.session.rememberLifetime,
      maxTokenDays: config.session.maxTokenDays,
      failuresPerAddress: config.session.failuresPerAddress,
      failureDrainPerAddressMs: config.session.failureDrainPerAddress,
      failuresPerRemote: config.session.failuresPerRemote,
      failureDrainPerRemoteMs: config.session.failureDrainPerRemote,
      refusalMs: config.session.refusal,
      basicCacheMs: config.session.basicCache,
      basicCacheMax: config.session.basicCacheMax,
    },
  })
  const uploads = openUploads({
    sql: sql.for(),
    blobs: storage.blobs,
    clock,
    log,
    config: { quotaBytes: config.upload.quota, graceMs: config.upload.grace },
    ...(hooks.listens('upload.check') && {
      inspect: async (caller, upload) => void (await hooks.ask('upload.check', upload, caller)),
    }),
  })
  const authservIds = async (caller: Caller) => (await directory.route(caller.address, caller.signal)).authservIds ?? []
  const mail = openMail({
    open,
    authservIds,
    uploads,
    sql: sql.for(),
    bus,
    config: {
      wholeMessageMaxBytes: config.mail.wholeMessage,
      parseMaxBytes: config.mail.parse,
      cacheMaxBytes: config.mail.cache,
      maxBodyValueBytes: config.mail.maxBodyValue,
      maxSizeAttachmentsPerEmail: config.mail.maxSizeAttachments,
      maxMailboxesPerEmail: config.mail.maxMailboxes,
      maxKeywordsPerEmail: config.mail.maxKeywords,
    },
  })
  const { settings, templates } = openSettings({ sql: sql.for(), bus, uploads, limits: settingsLimits })
  const transport = openSmtpTransport()
  const { submissions, identities } = openSubmission({
    sql: sql.for(),
    openMail: open,
    directory,
    transport,
    ring: storage.keyRing,
    bus,
    settings,
    clock,
    log,
    hooks,
    wake: deps.wake,
    onStep: deps.onStep,
    config: {
      undoWindowMs: config.submission.undo,
      maxDelayMs: config.submission.maxDelay,
      expiryMs: config.submission.expire,
      backoff: { baseMs: 30_000, maxMs: 3_600_000 },
      leaseMs: 20_000,
      witnessMs: 15_000,
      maxRecipients: config.submission.maxRecipients,
      maxMessageBytes: mail.config.maxSizeAttachmentsPerEmail * 2,
      identities: config.submission.identities,
      keepMs: 30 * 86_400_000,
    },
  })
  const snoozes = openSnoozes({
    sql: sql.for(),
    openMail: open,
    ring: storage.keyRing,
    bus,
    clock,
    log,
    wake: deps.wakeSnoozes,
    config: {
      maxPerAccount: 1_000,
      maxAheadMs: 5 * 366 * 86_400_000,
      leaseMs: 20_000,
      backoff: { baseMs: 30_000, maxMs: 3_600_000 },
    },
  })
  const alerts = openAlerts({ sql: sql.for(), bus, clock, log })
  mailStore.onAlert(alerts.record)
  const filters = openFilters({
    sql: sql.for(),
    directory,
    store: openManageSieve(),
    mailboxPaths: mail.mailboxPaths,
    uploads,
    clock,
    log,
  })
  const ownHosts = config.http.baseUrl === null ? [] : [new URL(config.http.baseUrl).hostname]
  const images = openImages({
    fetch: openRemoteFetch({
      maxBytes: config.imageProxy.maxSize,
      timeoutMs: config.imageProxy.timeout,
      maxRedirects: 3,
      userAgent: 'Mozilla/5.0 (compatible; mail image proxy)',
      ownHosts,
      trustedOrigins: config.imageProxy.trustedOrigins,
    }),
    ring: storage.keyRing,
  })
  const unsubscribe = openUnsubscribe({
    sql: sql.for(),
    openMail: open,
    fetch: openRemoteFetch({
      maxBytes: 0,
      timeoutMs: config.unsubscribe.timeout,
      maxRedirects: 0,
      userAgent: 'Mozilla/5.0 (compatible; one-click unsubscribe)',
      ownHosts,
      trustedOrigins: config.unsubscribe.trustedOrigins,
    }),
    clock,
    log,
    authservIds,
    config: { maxPerHour: config.unsubscribe.maxPerHour },
  })
  const pushSender = openPushSender({ timeoutMs: pushTimeoutMs, ownHosts, trustedOrigins: [] })
  const subscriptions = openSubscriptions({
    sql: sql.for(),
    sender: pushSender,
    isSessionAlive: (session) => sessions.isStanding(session),
    clock,
    log,
  })
  const push = openPush({
    subscriptions,
    bus,
    sessionEndedType,
    openMail: open,
    onDelivery: (caller) => submissions.mailArrived(caller),
    readers: {
      EmailSubmission: (caller) => submissions.state(caller),
      MailAlert: (caller) => alerts.state(caller),
      Identity: (caller) => identities.state(caller),
      Settings: (caller) => settings.state(caller),
      Template: (caller) => templates.state(caller),
      Snooze: (caller) => snoozes.state(caller),
    },
    log,
    gatherMs: 50,
  })
  // Below the hooks: what a plugin does runs none again.
  deps.plugins.join({ mail, settings })
  return {
    bus,
    accounts: accountsWithHooks(accounts, hooks),
    alerts,
    sessions: sessionsWithHooks(sessions, hooks),
    uploads: uploadsWithHooks(uploads, hooks),
    mail: mailWithHooks(mail, hooks),
    settings: settingsWithHooks(settings, hooks),
    templates: templatesWithHooks(templates, hooks),
    submissions,
    snoozes,
    identities: identitiesWithHooks(identities, hooks),
    filters,
    images: imagesWithHooks(images, hooks),
    push,
    pushSender,
    subscriptions,
    unsubscribe,
    transport,
  }
}
