// `paquebot-mariadb`, as keepalived and systemd call it, on one of two real servers that replicate each other: error 1236 is healed once
// the other one has caught up, and never by throwing away what is only here; a server that comes back cuts from its log what nobody
// acknowledged when the other one lived on, and only then; and it writes nothing before it has got back what the other one kept of it.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { eventually } from '#testing/eventually.ts'
import { type MariadbPair, startMariadbPair } from '#testing/servers/mariadb.ts'
import { run } from '#testing/servers/process.ts'

let folder: string
let pair: MariadbPair

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paquebot-pair-'))
})
after(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  pair = await startMariadbPair()
  await pair.replica.sql('set global read_only=0; create table paquebot.t (id integer primary key)')
  await pair.writer.sql(`change master to master_host='127.0.0.1', master_port=${pair.replica.port}, master_user='repl',
    master_password='repl', master_use_gtid=slave_pos, master_connect_retry=1; start slave`)
  await rows('writer', 0)
  await pair.writer.sql('insert into paquebot.t values (1)')
  await rows('replica', 1)
  // The script as it is, but for where it keeps its files; `mariadb` is root on the server that it stands on.
  const socket = await socketOf()
  await writeFile(join(folder, 'mariadb'), `#!/bin/sh\nexec /usr/bin/mariadb --no-defaults -uroot -S ${socket} "$@"\n`)
  const script = await readFile(new URL('mariadb-pair.sh', import.meta.url), 'utf8')
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(join(folder, 'password'), 'replication-password')
  const settings = `peer=127.0.0.1\nuser=paquebot\nreplication_user=peer\nreplication_password_file=${folder}/password\n`
  await writeFile(
    scriptPath(),
    script
      .replace('# SETTINGS', settings)
      .replaceAll('/var/lib/mysql/', `${folder}/data/`)
      .replaceAll('/run/', `${folder}/`)
      // Two servers of one machine differ in the port.
      .replace('at_peer mariadb ', `at_peer /usr/bin/mariadb -P ${pair.writer.port} `),
  )
  await pair.writer.sql("set sql_log_bin=0; create user peer@'%' identified by 'replication-password'")
  await Promise.all([chmod(join(folder, 'mariadb'), 0o755), chmod(scriptPath(), 0o755)])
  await writeFile(join(folder, 'data', 'paquebot-pair-member'), '')
})
afterEach(() => pair.stop())

const socketOf = async () => (await pair.replica.sql('select @@socket')).trim()
const scriptPath = () => join(folder, 'paquebot-mariadb')

/** What keepalived sees: the exit code. */
function check(verb = 'check', args: readonly string[] = []): Promise<number> {
  return new Promise((resolve) => {
    execFile(
      scriptPath(),
      [verb, ...args],
      { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } },
      (error) => resolve(error ? Number(error.code) : 0),
    )
  })
}

async function status(field: string): Promise<string> {
  // With the names of the fields, which `sql` leaves out.
  const text = await run(join(folder, 'mariadb'), ['-e', 'show slave status\\G'])
  return new RegExp(`^\\s*${field}: (.*)$`, 'm').exec(text)?.[1] ?? ''
}

const rows = (where: 'writer' | 'replica', wanted: number) =>
  eventually(
    async () => Number(await pair[where].sql('select count(*) from paquebot.t').catch(() => -1)),
    (found) => found === wanted,
    `rows on the ${where}`,
    30_000,
  )
const isRefused = () =>
  eventually(
    () => status('Last_IO_Errno'),
    (errno) => errno === '1236',
    'the error 1236',
    30_000,
  )

test('a server that asked for what the other had cut from its log asks again until the other has it back', async () => {
  const last = Number((await pair.writer.sql('select @@gtid_binlog_pos')).trim().match(/\b1-1-(\d+)/)?.[1])
  // What the writer had sent and lost: it stands here alone, under the writer's own number.
  await pair.writer.sql('stop slave')
  await pair.replica.sql(`stop slave; set session gtid_domain_id=1, session server_id=1, session gtid_seq_no=${last + 1};
    insert into paquebot.t values (2)`)
  const own = (await pair.replica.sql('select @@gtid_binlog_pos')).match(/\b2-2-\d+/)?.[0]
  await pair.replica.sql(`set global gtid_slave_pos='1-1-${last + 1},${own}'; start slave`)
  await isRefused()
  assert.match(await status('Last_IO_Error'), /not in the master's binlog/)

  assert.equal(await check(), 0, 'it is well, and fit for the address')
  assert.equal(await check('heal'), 0)
  await isRefused()
  assert.equal(await pair.writer.sql('select count(*) from paquebot.t'), '1\n')

  await pair.writer.sql('start slave')
  await rows('writer', 2)
  await eventually(
    async () => {
      assert.equal(await check(), 0)
      return status('Slave_IO_Running')
    },
    (running) => running === 'Yes',
    'the replica follows again',
    40_000,
  )
  await pair.writer.sql('insert into paquebot.t values (3)')
  await rows('replica', 3)
})

test('what was received and is not applied yet is not thrown away, whatever the other server says', async () => {
  // It applies, but waits for somebody's lock: had both its threads stopped, the server itself would throw away what it has received.
  const somebody = await createConnection({ user: 'root', database: 'paquebot', socketPath: await socketOf() })
  await somebody.query('begin')
  await somebody.query('insert into t values (2)')
  const state = (await pair.writer.sql('stop slave; select @@gtid_binlog_state')).trim()
  await pair.writer.sql('insert into paquebot.t values (2)')
  const position = (await pair.writer.sql('select @@gtid_binlog_pos')).trim().match(/\b1-1-\d+/)?.[0] as string
  await eventually(
    () => status('Gtid_IO_Pos'),
    (received) => received.includes(position),
    'the relay log',
    30_000,
  )
  await pair.replica.sql('stop slave io_thread')
  // Its log as it was before, as after a crash that took the last transaction out of it.
  await pair.writer.sql(`reset master; set global gtid_binlog_state='${state}'`)
  await pair.replica.sql('start slave io_thread')
  await isRefused()
  assert.equal(await check('heal'), 0)
  await isRefused()
  await somebody.query('rollback')
  await somebody.end()
  await rows('replica', 2)
})

test('a server that follows well is left alone, and one that is dead is not fit', async () => {
  const stops = async () => (await pair.replica.log()).match(/Slave I\/O thread exiting/g)?.length ?? 0
  const before = await stops()
  assert.equal(await check(), 0)
  assert.equal(await check('heal'), 0)
  assert.equal(await status('Slave_IO_Running'), 'Yes')
  assert.equal(await stops(), before)
  pair.replica.kill('SIGKILL')
  assert.notEqual(await check(), 0)
})

/** What the server is to be started with, when it last wrote at that time. */
async function optionsAfter(lastWriteAt: Date): Promise<string> {
  for (const name of await readdir(join(folder, 'data')))
    await utimes(join(folder, 'data', name), lastWriteAt, lastWriteAt)
  assert.equal(await check('before-start'), 0)
  return (await readFile(join(folder, 'paquebot-mariadb.env'), 'utf8')).trim()
}
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000)

test('a server that comes back cuts its log when the other one has run ever since, not when both were off or it is alone', async () => {
  const cut = 'MYSQLD_OPTS=--init-rpl-role=SLAVE'
  await eventually(
    () => optionsAfter(secondsAgo(0)),
    (options) => options === cut,
    'the other one has run for a while',
  )
  assert.equal(await optionsAfter(secondsAgo(3600)), '', 'the other one began after this one ended')
  pair.writer.kill('SIGKILL')
  assert.equal(await optionsAfter(secondsAgo(0)), '', 'nobody to ask')
})

test('a server that has the address again writes nothing before it has got back what the other one kept of it', async () => {
  await pair.replica.sql('stop slave io_thread; set global read_only=1')
  await pair.writer.sql('insert into paquebot.t values (2)')
  const notified = check('notify', ['INSTANCE', 'database', 'MASTER'])
  await sleep(700)
  assert.equal((await pair.replica.sql('select @@read_only')).trim(), '1')
  await pair.replica.sql('start slave io_thread')
  assert.equal(await notified, 0)
  assert.equal((await pair.replica.sql('select @@read_only, count(*) from paquebot.t')).trim(), '0\t2')
})

test('a server whose other one is dead may write at once', async () => {
  await pair.replica.sql('set global read_only=1')
  pair.writer.kill('SIGKILL')
  assert.equal(await check('notify', ['INSTANCE', 'database', 'MASTER']), 0)
  assert.equal((await pair.replica.sql('select @@read_only')).trim(), '0')
})
