// What Prometheus hears of a node beside its requests and plugins: database servers and their pools, connections to mail servers, the
// outbox, and the session store's errors. Read when it asks; docs/run/metrics.md has the list, and a test holds it to this file.

import { Counter, Gauge, type Registry } from 'prom-client'
import type { Log } from '#core/log.ts'
import { orLate } from '#core/or-late.ts'
import type { Submissions } from '#domain/submission/index.ts'
import type { ImapMailStore } from '#drivers/imap/index.ts'
import type { ServerFigures } from '#drivers/sql/figures.ts'
import type { SplitDatabase } from '#drivers/sql/split.ts'
import type { SessionStore } from '#ports/session-store.ts'

export interface NodeMetricsDeps {
  /** Null with the embedded database. */
  readonly split: Pick<SplitDatabase, 'figures'> | null
  readonly mail: Pick<ImapMailStore, 'connections'>
  readonly submissions: Pick<Submissions, 'depth'>
  readonly log: Log
}

export interface NodeMetrics {
  /** The same store, its errors counted. */
  watchSessions(store: SessionStore): SessionStore
  register(registry: Registry, deps: NodeMetricsDeps): void
}

/** Prometheus gives up after ten seconds, and the other figures are wanted most when the database hangs. */
const outboxTimeoutMs = 2_000

export function openNodeMetrics(): NodeMetrics {
  const sessionErrors = new Counter({
    name: 'paquebot_session_store_errors_total',
    help: 'Calls of the session store that failed, by what was called.',
    labelNames: ['operation'],
    registers: [],
  })
  return {
    watchSessions: (store) => watched(store, (operation) => sessionErrors.inc({ operation })),
    register(registry, deps) {
      registry.registerMetric(sessionErrors)
      if (deps.split) registerSql(registry, deps.split)
      registerMail(registry, deps.mail)
      registerOutbox(registry, deps.submissions, deps.log)
    },
  }
}

function watched(store: SessionStore, failed: (operation: string) => void): SessionStore {
  const counted =
    <Args extends unknown[], Result>(operation: string, call: (...args: Args) => Promise<Result>) =>
    (...args: Args) =>
      call(...args).catch((error) => {
        failed(operation)
        throw error
      })
  return {
    create: counted('create', (record) => store.create(record)),
    get: counted('get', (id, now) => store.get(id, now)),
    touch: counted('touch', (id, now) => store.touch(id, now)),
    replace: counted('replace', (id, version, sealed) => store.replace(id, version, sealed)),
    destroy: counted('destroy', (id) => store.destroy(id)),
    list: counted('list', (account, now) => store.list(account, now)),
    destroyAll: counted('destroyAll', (account, exceptId) => store.destroyAll(account, exceptId)),
    sweep: counted('sweep', (now) => store.sweep(now)),
    close: () => store.close(),
  }
}

type Labels = Readonly<Record<string, string>>
type Samples = readonly (readonly [Labels, number])[]

function registerSql(registry: Registry, split: NonNullable<NodeMetricsDeps['split']>): void {
  const gauge = (name: string, help: string, labelNames: readonly string[], read: () => Samples) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        // A server that is down has no lag and no position: the last one known would be a lie.
        this.reset()
        for (const [labels, value] of read()) this.set(labels, value)
      },
    })
  const counter = (name: string, help: string, labelNames: readonly string[], read: () => Samples) =>
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.inc(labels, value)
      },
    })
  const servers = (of: (figures: ServerFigures) => readonly (readonly [Labels, number | null])[]) => () =>
    split
      .figures()
      .servers.flatMap((one) =>
        of(one).flatMap(([labels, value]) =>
          value === null ? [] : [[{ server: one.server, role: one.role, ...labels }, value] as const],
        ),
      )
  const each = (of: (figures: ServerFigures) => number | null) => servers((one) => [[{}, of(one)]])
  const at = ['server', 'role'] as const

  gauge(
    'paquebot_sql_server_up',
    '1 while the server answers.',
    at,
    each(({ isUp }) => Number(isUp)),
  )
  gauge(
    'paquebot_sql_server_writable',
    '1 while the server says that it may be written to.',
    at,
    each(({ isWritable }) => Number(isWritable)),
  )
  gauge(
    'paquebot_sql_server_chosen',
    '1 for the server that this node writes to.',
    at,
    each(({ isWriter }) => Number(isWriter)),
  )
  gauge(
    'paquebot_sql_replica_lag_seconds',
    'How long ago the writer was where the replica is now; absent while it is down or does not replicate.',
    at,
    each(({ lagMs }) => lagMs && lagMs / 1000),
  )
  gauge(
    'paquebot_sql_server_position',
    'How far the server has come: sequence number by GTID domain, or octets of the log.',
    [...at, 'domain'],
    servers(({ positions }) => positions.map(({ domain, at: value }) => [{ domain }, value] as const)),
  )
  gauge(
    'paquebot_sql_pool_connections',
    'Connections of this node: busy, idle or opening.',
    [...at, 'state'],
    servers(({ pool }) => [
      [{ state: 'busy' }, pool.open - pool.idle - pool.opening],
      [{ state: 'idle' }, pool.idle],
      [{ state: 'opening' }, pool.opening],
    ]),
  )
  gauge(
    'paquebot_sql_pool_connections_max',
    'The most of them: [sql] pool_max.',
    at,
    each(({ pool }) => pool.max),
  )
  gauge(
    'paquebot_sql_pool_waiting',
    'Callers who wait for a connection.',
    at,
    each(({ pool }) => pool.waiting),
  )
  counter(
    'paquebot_sql_pool_waits_total',
    'Callers who found no idle connection, and waited until one was made or came back.',
    at,
    each(({ waits }) => waits.count),
  )
  counter(
    'paquebot_sql_pool_wait_seconds_total',
    'How long they waited in all.',
    at,
    each(({ waits }) => waits.totalMs / 1000),
  )
  counter(
    'paquebot_sql_pool_wait_timeouts_total',
    'Callers who got none in time.',
    at,
    each(({ waits }) => waits.gaveUp),
  )
  counter('paquebot_sql_reads_total', 'Reads by who answered.', ['from'], () => {
    const { readsOnReplica, readsOnWriter } = split.figures()
    return [
      [{ from: 'replica' }, readsOnReplica],
      [{ from: 'writer' }, readsOnWriter],
    ]
  })
  counter(
    'paquebot_sql_retries_total',
    'What was done once more: again (deadlock, serialisation, certification), readOnly (no writer any more), lost (connection).',
    ['trouble'],
    () => Object.entries(split.figures().troubles).map(([trouble, count]) => [{ trouble }, count] as const),
  )
  counter(
    'paquebot_sql_commits_resolved_total',
    'Commits whose answer was lost and whose outcome was found out.',
    [],
    () => [[{}, split.figures().resolved]],
  )
  counter(
    'paquebot_sql_failovers_total',
    'Another server was chosen to be written to, or answers behind the address of one.',
    [],
    () => [[{}, split.figures().failovers]],
  )
}

function registerMail(registry: Registry, mail: NodeMetricsDeps['mail']): void {
  new Gauge({
    name: 'paquebot_imap_connections',
    help: 'Connections of this node to mail servers: busy or idle.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { open, inUse } = mail.connections()
      this.set({ state: 'busy' }, inUse)
      this.set({ state: 'idle' }, open - inUse)
    },
  })
  new Gauge({
    name: 'paquebot_imap_waiting',
    help: 'Work that waits for a connection to a mail server.',
    registers: [registry],
    collect() {
      this.set(mail.connections().waiting)
    },
  })
}

function registerOutbox(registry: Registry, submissions: NodeMetricsDeps['submissions'], log: Log): void {
  /** One question for both, and none beside one that hangs. */
  let asking: Promise<{ readonly count: number; readonly overdueMs: number }> | null = null
  async function ask() {
    asking ??= submissions.depth().finally(() => {
      asking = null
    })
    try {
      return await orLate(asking, outboxTimeoutMs, () => null)
    } catch (error) {
      log.debug('metrics.outbox', { error: String(error) })
      return null
    }
  }
  const gauge = (name: string, help: string, read: (depth: Awaited<ReturnType<Submissions['depth']>>) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const depth = await ask()
        // Absent while the database does not answer. `remove` and not `reset`, which would say 0.
        if (depth) this.set(read(depth))
        else this.remove()
      },
    })
  gauge(
    'paquebot_outbox_submissions',
    'Submissions of all nodes that are not at their end, those with a time to come among them.',
    ({ count }) => count,
  )
  gauge(
    'paquebot_outbox_overdue_seconds',
    'Since when the earliest of them has been due; 0: nothing is late.',
    ({ overdueMs }) => overdueMs / 1000,
  )
}
