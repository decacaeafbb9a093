// GET /metrics of a node over a real MariaDB pair and Dovecot: what it says of servers, pools, lag, failover, sessions and the outbox, while all is
// well and while it is not.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { signIn } from '#testing/node.ts'
import { migrateServer } from '#testing/server-sql.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { type MariadbPair, startMariadbPair } from '#testing/servers/mariadb.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

let dovecot: DovecotServer
let pair: MariadbPair
let node: WholeNode
let writer: string
let replica: string

before(async () => {
  dovecot = await startDovecot({ users: { 'alice@example.test': 'demo' } })
  pair = await startMariadbPair()
  await migrateServer(pair.writer.dsn())
  writer = `server="127.0.0.1:${pair.writer.port}",role="write"`
  replica = `server="127.0.0.1:${pair.replica.port}",role="read"`
  const write = [pair.writer.dsn(), pair.replica.dsn()]
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: 9,
    config: {
      http: { metricsToken: 'figures' },
      sql: { write, read: [pair.replica.dsn()], checkInterval: 200, retryFor: 1000 },
    },
  })
})
after(async () => {
  await node?.stop()
  await pair?.stop()
  await dovecot?.stop()
})

async function text(): Promise<string> {
  const reply = await fetch(`${node.url}/metrics`, { headers: { authorization: 'Bearer figures' } })
  assert.equal(reply.status, 200)
  return reply.text()
}

function read(figures: string, name: string, labels: string): number | null {
  const line = figures.split('\n').find((one) => one.startsWith(labels ? `${name}{${labels}} ` : `${name} `))
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1))
}
const value = async (name: string, labels = '') => read(await text(), `paquebot_${name}`, labels)
const becomes = (name: string, labels: string, holds: (found: number | null) => boolean) =>
  eventually(() => value(name, labels), holds, `${name}{${labels}}`, 30_000)

test('docs/run/metrics.md names every metric of ours, and no other', async () => {
  const page = readFileSync(new URL('../../docs/run/metrics.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| `(paquebot_\w+)`/gm)].map(([, name]) => name).sort()
  const found = [...(await text()).matchAll(/^# TYPE (paquebot_\w+)/gm)].map(([, name]) => name).sort()
  assert.deepEqual(told, found)
})

test('while all is well: who is up, who is written to, pools, positions, and reads by who answered', async () => {
  const alice = await signIn(node)
  await eventually(
    async () => (await alice.fetch('/auth/session')).status,
    (status) => status === 200,
    'the session',
  )
  const figures = await text()
  const sql = (name: string, labels: string) => read(figures, `paquebot_sql_${name}`, labels)
  assert.equal(sql('server_up', writer), 1)
  assert.equal(sql('server_writable', writer), 1)
  assert.equal(sql('server_chosen', writer), 1)
  assert.equal(sql('server_up', replica), 1)
  assert.equal(sql('server_writable', replica), 0)
  assert.equal(sql('server_chosen', replica), 0)
  assert.ok((sql('server_position', `${writer},domain="1"`) ?? 0) > 0)
  assert.ok((sql('pool_connections', `${writer},state="idle"`) ?? 0) > 0)
  assert.ok((sql('pool_waits_total', writer) ?? 0) > 0, 'the first had to be made')
  assert.ok((sql('pool_wait_seconds_total', writer) ?? 0) > 0)
  assert.equal(sql('pool_wait_timeouts_total', writer), 0)
  assert.ok((sql('reads_total', 'from="writer"') ?? 0) > 0)
  assert.equal(sql('failovers_total', ''), 0)
  assert.ok((read(figures, 'paquebot_imap_connections', 'state="idle"') ?? 0) > 0)
  assert.equal(read(figures, 'paquebot_outbox_submissions', ''), 0)
  assert.equal(read(figures, 'paquebot_outbox_overdue_seconds', ''), 0)
  assert.ok((read(figures, 'paquebot_event_loop_lag_seconds', '') ?? -1) >= 0)
  assert.ok((read(figures, 'nodejs_eventloop_lag_seconds', '') ?? -1) >= 0)
})

test('what waits in the outbox is counted, and what is late is told', async () => {
  await pair.writer.sql(
    `insert into paquebot.email_submission (id, account, address, identity_id, email_id, thread_id, message_id, message, envelope,
      recipients, options, credential, created_at, send_at, expires_at, next_at, attempts, phase, filing, undo_status, is_hidden,
      fence, lease_until)
     values ('s', 'nobody', 'a@example.test', 'i', 'e', 't', '', '', '{}', '{}', '{}', '', 0, 0, 0,
      (unix_timestamp() - 3600) * 1000, 0, 'waiting', 'none', 'pending', 0, 0, (unix_timestamp() + 3600) * 1000)`,
  )
  await becomes('outbox_submissions', '', (found) => found === 1)
  assert.ok(((await value('outbox_overdue_seconds')) ?? 0) > 3000)
  await pair.writer.sql(`delete from paquebot.email_submission`)
})

test('a replica that is behind says by how much; one that does not replicate, and one that is dead, has no lag', async () => {
  await becomes('sql_replica_lag_seconds', replica, (lag) => lag === 0)
  await pair.delay(60)
  await signIn(node)
  await becomes('sql_replica_lag_seconds', replica, (lag) => lag !== null && lag > 1)
  await pair.delay(0)
  await becomes('sql_replica_lag_seconds', replica, (lag) => lag === 0)
  await pair.replica.sql('stop slave')
  await becomes('sql_replica_lag_seconds', replica, (lag) => lag === null)
  assert.equal(await value('sql_server_up', replica), 1)
  await pair.replica.sql('start slave')
  await becomes('sql_replica_lag_seconds', replica, (lag) => lag === 0)
})

test('the writer dies: /metrics is still answered, session errors are counted, the outbox is absent; the failover is told', async () => {
  const before = (await value('session_store_errors_total', 'operation="get"')) ?? 0
  pair.writer.kill('SIGKILL')
  await becomes('sql_server_up', writer, (up) => up === 0)
  assert.equal(await value('sql_server_chosen', writer), 0)
  assert.equal(await value('sql_server_position', `${writer},domain="1"`), null)
  assert.equal(await value('outbox_submissions'), null)
  await becomes('session_store_errors_total', 'operation="get"', (errors) => (errors ?? 0) > before)
  await pair.promote()
  const promoted = replica.replace('read', 'write')
  await becomes('sql_server_chosen', promoted, (chosen) => chosen === 1)
  await becomes('sql_failovers_total', '', (failovers) => failovers === 1)
  await becomes('outbox_submissions', '', (found) => found === 0)
  await signIn(node)
})
