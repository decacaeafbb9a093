// A node: everything opened in order, served until it is told to stop, closed in the reverse order.
//
// Start: key ring, database, blobs, mail, domains, fronts, listen, jobs. Stop: readiness falls at once, requests in flight end and
// streams close in jittered slices, jobs end (the outbox gives its leases back), IMAP connections log out, the database closes.

import { fileURLToPath } from 'node:url'
import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { SubmissionDeps } from '#domain/submission/index.ts'
import { openSqlClock } from '#drivers/clock/sql.ts'
import { openSqlLock } from '#drivers/lock/sql.ts'
import { parseBaseUrl } from '#http/base-url.ts'
import { openListener } from '#http/listener.ts'
import { startOutboxWorker } from '#jobs/outbox.ts'
import { startSchedule } from '#jobs/schedule.ts'
import { startSnoozeWorker } from '#jobs/snoozes.ts'
import { schemaRelease } from '#migrations/release.ts'
import { openBranding } from './branding.ts'
import { joinKeyRing } from './compare-key-rings.ts'
import { type Domains, openDomains } from './domains.ts'
import { addFronts, jmapLimits } from './fronts.ts'
import { housekeeping } from './housekeeping.ts'
import { type MailParts, openMailParts } from './mail.ts'
import { mailReachChecks } from './mail-reach.ts'
import { openMembership } from './membership.ts'
import { openNodeMetrics } from './node-metrics.ts'
import { openNodePlugins, pluginChecks } from './plugins.ts'
import { openSharedParts } from './shared-parts.ts'
import { keyRingPath, openStorage, type Storage } from './storage.ts'

export interface NodeOptions {
  readonly log: Log
  readonly clock?: Clock
  /** For counters of a benchmark. */
  readonly onStatement?: (sql: string, ms: number) => void
  readonly onStep?: SubmissionDeps['onStep']
  /** Absolute path of the built web client. */
  readonly webFolder?: string
}

export interface Node {
  readonly url: string
  readonly domains: Domains
  readonly storage: Storage
  readonly mail: MailParts
  /** Resolves when everything has ended. Safe to call twice. */
  stop(): Promise<void>
}

/** How long a send that another node left waits at most. */
const outboxPollMs = 5_000

const nodeSweepMs = 3_600_000

/** Throws BadConfig, or a Failure that says which part could not be opened; then nothing is left open. */
export async function startNode(config: Config, options: NodeOptions): Promise<Node> {
  const { log } = options
  const sqlClock = openSqlClock({ log })
  const clock = options.clock ?? sqlClock
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse())
      await closer().catch((error) => log.error('node.close', { error }))
  }
  try {
    return await open()
  } catch (error) {
    await close()
    throw error
  }

  async function open(): Promise<Node> {
    const baseUrl = config.http.baseUrl === null ? null : parseBaseUrl(config.http.baseUrl)
    const brand = await openBranding(config)
    const opened = await openStorage({ config, log, clock, onStatement: options.onStatement })
    closers.push(() => opened.close())
    closers.push(async () => sqlClock.close())
    // Several machines have several clocks; the embedded database is on ours.
    if (!opened.isOfOneNode) await sqlClock.follow(opened.sql.for())
    const plugins = await openNodePlugins({ config, sql: opened.sql, clock, log })
    closers.push(() => plugins.close())
    const storage = { ...opened, blobs: await plugins.provided.blobStore(opened.blobs) }
    const membership = await joinKeyRing({
      sql: storage.sql,
      ring: storage.keyRing,
      path: keyRingPath(config),
      // The embedded database has one node, whatever its address.
      name: storage.isOfOneNode ? 'embedded' : `${config.http.listen} ${config.data.dir}`,
      clock,
      log,
    })
    closers.push(() => membership.leave())
    const mail = await openMailParts({ config, storage, plugins, log, clock })
    closers.push(() => mail.mailStore.close())
    const joint = await openSharedParts({ config, sql: storage.sql, clock, log })
    closers.push(() => joint.close())
    const metrics = openNodeMetrics()
    const shared = {
      ...joint,
      sessionStore: metrics.watchSessions(await plugins.provided.sessionStore(joint.sessionStore)),
    }
    let wake: (at: number) => void = () => {}
    let wakeSnoozes = wake
    const domains = await openDomains({
      config,
      storage,
      mail,
      shared,
      plugins,
      log,
      clock,
      wake: (at) => wake(at),
      wakeSnoozes: (at) => wakeSnoozes(at),
      onStep: options.onStep,
    })
    closers.push(async () => {
      await Promise.all([domains.alerts.settled(), domains.submissions.settled()])
      await domains.transport.close()
      await domains.pushSender.close()
    })
    const lock = openSqlLock({ sql: storage.sql.for(), clock, log })
    closers.push(() => lock.close())
    const leases = storage.sql.for<{ lease: { name: string } }>().readFresh()
    const nodes = openMembership({ config, sql: storage.sql, clock, log, schema: String(schemaRelease) })
    const listener = await openListener(
      {
        log,
        othersDo: nodes.othersDo,
        metrics(registry) {
          plugins.metrics.register(registry)
          metrics.register(registry, {
            split: storage.split,
            mail: mail.mailStore,
            submissions: domains.submissions,
            log,
          })
        },
        checks: {
          ...mailReachChecks(config.mailServers),
          ...pluginChecks(plugins.hooks),
          database: async () => void (await leases.selectFrom('lease').select('name').limit(1).execute()),
          sessions: async () => void (await shared.sessionStore.get('readyz', clock.now())),
          blobs: (signal) => storage.blobStores.assertTakes(signal),
        },
      },
      {
        listen: config.http.listen,
        trustedProxies: config.http.trustedProxies,
        forwardedHeader: config.http.forwardedHeader,
        proxyProtocolFrom: config.http.proxyProtocolFrom,
        requestTimeoutMs: config.http.requestTimeout,
        drainTimeoutMs: config.http.drainTimeout,
        headersTimeoutMs: config.http.headersTimeout,
        silenceTimeoutMs: config.http.silenceTimeout,
        maxConnections: config.http.maxConnections,
        maxInFlight: config.http.maxInFlight,
        maxLagMs: config.http.maxLag,
        drainNoticeMs: config.http.drainNotice,
        healthToken: config.http.healthToken,
        metricsToken: config.http.metricsToken,
        maxSocketMessageBytes: jmapLimits(config).maxSizeRequest,
      },
    )
    await addFronts(listener, {
      config,
      domains,
      plugins,
      baseUrl,
      brand,
      log,
      webFolder: options.webFolder ?? fileURLToPath(new URL('../../web/dist', import.meta.url)),
    })
    closers.push(() => listener.drain())
    const { host, port } = await listener.listen()
    await nodes.join(listener, { host, port })
    closers.push(() => nodes.close())
    const outbox = startOutboxWorker({ submissions: domains.submissions, log, clock, pollMs: outboxPollMs })
    wake = outbox.wake
    const sleeping = startSnoozeWorker({ snoozes: domains.snoozes, log, clock, pollMs: outboxPollMs })
    wakeSnoozes = sleeping.wake
    const schedule = startSchedule({ lock, log }, [
      ...housekeeping({ config, domains, storage, mail, clock, log }),
      { name: 'nodes.sweep', everyMs: nodeSweepMs, run: () => nodes.nodes.sweep() },
    ])
    closers.push(async () => {
      // Readiness falls first: what ends here is done by another node from now on.
      const drained = listener.drain()
      await Promise.all([
        schedule.close(),
        outbox.close(config.http.drainTimeout),
        sleeping.close(config.http.drainTimeout),
      ])
      await drained
    })
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    plugins.hooks.tell('node.started', { url }, null)
    return { url, domains, storage, mail, stop: close }
  }
}
