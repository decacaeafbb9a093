// PostgreSQL with synchronous streaming replication: the primary holds the floating address; when keepalived moves it, the replica is
// promoted. The old primary comes back as a replica of the new one, by pg_rewind.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../net/host.ts'
import { addressOf, databaseName, floating, password } from '../topologies/plan.ts'
import type { Database } from './database.ts'
import { holderOf, keepalived } from './keepalived.ts'
import type { Service } from './service.ts'

const names = ['db1', 'db2'] as const
const dataDir = '/disk/postgres/data'
const url = (address: string) => `postgres://paquebot:${password}@${address}:5432/${databaseName}`

function bin(): string {
  const versions = readdirSync('/usr/lib/postgresql').map(Number).filter(Number.isFinite)
  return `/usr/lib/postgresql/${Math.max(...versions)}/bin`
}
const asPostgres = (...command: string[]) => [
  'setpriv',
  '--reuid',
  'postgres',
  '--regid',
  'postgres',
  '--clear-groups',
  ...command,
]

function query(host: Host, sql: string, timeoutMs = 10_000): Promise<string> {
  return host.exec(
    asPostgres(
      'psql',
      '-X',
      '-q',
      '-h',
      '/run/postgresql',
      '-U',
      'postgres',
      '-d',
      databaseName,
      '-At',
      '-F',
      '\t',
      '-v',
      'ON_ERROR_STOP=1',
    ),
    { input: sql, timeoutMs },
  )
}

function postgres(name: (typeof names)[number]): Service {
  const peer = addressOf(name === 'db1' ? 'db2' : 'db1')
  return {
    name: 'postgres',
    async start(host) {
      await host.exec(['sh', '-c', 'install -d -o postgres /run/postgresql; install -d -o postgres /disk/postgres'])
      const isNew =
        (await host.exec(['sh', '-c', `test -f ${dataDir}/PG_VERSION && echo no || echo yes`])).trim() === 'yes'
      if (isNew && name === 'db1') await makePrimary(host)
      else if (isNew) await cloneFrom(host, peer)
      else await rejoin(host, peer)
      await host.start('postgres', asPostgres(`${bin()}/postgres`, '-D', dataDir))
      await waitUntilReady(host)
    },
    check: (host) =>
      host.exec(
        asPostgres('psql', '-X', '-q', '-h', '/run/postgresql', '-U', 'postgres', '-d', 'postgres', '-c', 'select 1'),
        { timeoutMs: 2000 },
      ),
  }
}

async function waitUntilReady(host: Host): Promise<void> {
  for (let tries = 0; ; tries++, await sleep(100)) {
    try {
      await host.exec(
        asPostgres('psql', '-X', '-q', '-h', '/run/postgresql', '-U', 'postgres', '-d', 'postgres', '-c', 'select 1'),
        { timeoutMs: 2000 },
      )
      return
    } catch (error) {
      if (tries > 200 || !(await host.isRunning('postgres'))) throw new Error(host.logOf('postgres'), { cause: error })
    }
  }
}

async function makePrimary(host: Host): Promise<void> {
  await host.exec(
    asPostgres(
      `${bin()}/initdb`,
      '-D',
      dataDir,
      '-U',
      'postgres',
      '--auth=trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
      '--data-checksums',
    ),
  )
  const settings = `
listen_addresses='*'
unix_socket_directories='/run/postgresql'
shared_buffers=64MB
max_connections=300
wal_level=replica
wal_log_hints=on
max_wal_senders=8
wal_keep_size=256MB
hot_standby=on
hot_standby_feedback=on
synchronous_commit=on
wal_sender_timeout=3s
wal_receiver_timeout=3s
wal_retrieve_retry_interval=500ms
`
  const setUp = `create role paquebot login password '${password}';
create database ${databaseName} owner paquebot;
grant pg_monitor to paquebot;
create role repl login superuser password '${password}';`
  await host.exec(
    [
      'sh',
      '-c',
      `cat >> ${dataDir}/postgresql.conf; echo 'host all all 10.77.0.0/24 trust' >> ${dataDir}/pg_hba.conf; echo 'host replication all 10.77.0.0/24 trust' >> ${dataDir}/pg_hba.conf`,
    ],
    { input: settings },
  )
  await host.exec(asPostgres(`${bin()}/postgres`, '--single', '-D', dataDir, 'postgres'), {
    input: setUp.replaceAll(';\n', ';\n'),
  })
}

async function cloneFrom(host: Host, peer: string): Promise<void> {
  await untilPrimary(host, peer)
  await host.exec(
    asPostgres(
      `${bin()}/pg_basebackup`,
      '-h',
      peer,
      '-U',
      'repl',
      '-D',
      dataDir,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '--no-sync',
    ),
    { timeoutMs: 60_000 },
  )
  await nameReplica(host, peer)
}

/** A primary that was replaced takes back what nobody else has, and follows the one that took its place. */
async function rejoin(host: Host, peer: string): Promise<void> {
  const isPrimary = async () => {
    const text = await host
      .exec(
        asPostgres(
          'psql',
          '-X',
          '-q',
          '-h',
          peer,
          '-U',
          'repl',
          '-d',
          'postgres',
          '-At',
          '-c',
          'select pg_is_in_recovery()',
        ),
        { timeoutMs: 2000 },
      )
      .catch(() => '')
    return text.trim() === 'f'
  }
  if (!(await isPrimary())) return
  const isReplica =
    (await host.exec(['sh', '-c', `test -f ${dataDir}/standby.signal && echo yes || echo no`])).trim() === 'yes'
  if (!isReplica) {
    // pg_rewind of version 15 reads the timeline of the last checkpoint: right after a promotion that is the old one, and it would find
    // nothing to do.
    await host.exec(asPostgres('psql', '-X', '-q', '-h', peer, '-U', 'repl', '-d', 'postgres', '-c', 'checkpoint'), {
      timeoutMs: 30_000,
    })
    await host.exec(['rm', '-f', `${dataDir}/postmaster.pid`])
    await host.exec(
      asPostgres(`${bin()}/pg_rewind`, '-D', dataDir, '--source-server', `host=${peer} user=repl dbname=postgres`),
      { timeoutMs: 60_000 },
    )
  }
  await nameReplica(host, peer)
}

async function nameReplica(host: Host, peer: string): Promise<void> {
  const lines = `primary_conninfo = 'host=${peer} user=repl application_name=replica connect_timeout=2'\nsynchronous_standby_names = ''\n`
  await host.exec(asPostgres('sh', '-c', `cat >> ${dataDir}/postgresql.auto.conf; touch ${dataDir}/standby.signal`), {
    input: lines,
  })
}

async function untilPrimary(host: Host, peer: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++, await sleep(100)) {
    const ok = await host.exec([`${bin()}/pg_isready`, '-q', '-h', peer]).then(
      () => true,
      () => false,
    )
    if (ok) return
  }
}

const psql =
  'timeout 1.8 setpriv --reuid postgres --regid postgres --clear-groups psql -X -q -h /run/postgresql -U postgres -d postgres -At'
/** A primary whose replica is gone for two seconds goes on alone, as a semi-synchronous MariaDB does. */
const check = `${psql} -c 'select 1' >/dev/null 2>&1 || exit 1
waits=$(${psql} -c "select not pg_is_in_recovery() and current_setting('synchronous_standby_names') <> '' and not exists (select from pg_stat_replication)")
if [ "$waits" = t ]; then
  [ -f /run/alone ] && { ${psql} -c "alter system set synchronous_standby_names = ''" -c 'select pg_reload_conf()' >/dev/null; }
  touch /run/alone
else
  rm -f /run/alone
fi
exit 0`
/** Promotion is for whoever gets the address; a primary that loses it is stopped, for it can never be a writer again. */
const notify = `#!/bin/bash
exec >> /disk/notify.log 2>&1
run() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
echo "$(date +%T.%3N) $*"
case "$3" in
MASTER)
  echo MASTER > /run/db.state
  if [ "$(run timeout 2 psql -X -q -h /run/postgresql -U postgres -d postgres -At -c 'select pg_is_in_recovery()')" = t ]; then
    run ${bin()}/pg_ctl -D ${dataDir} promote -w -t 10
  fi
  echo "$(date +%T.%3N) primary" ;;
*)
  was=$(cat /run/db.state 2>/dev/null); echo "$3" > /run/db.state
  if [ "$was" = MASTER ]; then
    # Whatever hangs is killed, its backends too, which are in groups of their own: what it acknowledged is on the other server.
    p=$(cat /run/lab/postgres.pid); backends=$(ps -o pid= --ppid $p)
    kill -9 -- -$p && { kill -9 $backends; true; } && echo "$(date +%T.%3N) fenced"
  fi ;;
esac
`

export const postgresPair: Database = {
  hosts: names,
  daemon: 'postgres',
  startsTogether: false,
  servicesOf(name) {
    const self = name === 'db1' ? 'db1' : 'db2'
    return [
      postgres(self),
      keepalived([
        {
          ...{ name: 'sql', routerId: 53, address: floating.sql, self: addressOf(self) },
          ...{
            peers: [addressOf(self === 'db1' ? 'db2' : 'db1')],
            priority: self === 'db1' ? 150 : 100,
            check,
            notify,
          },
        },
      ]),
    ]
  },
  write: [url(floating.sql)],
  read: names.map((name) => url(addressOf(name))),
  async writer(hosts) {
    const holder = await holderOf(floating.sql, hosts)
    if (!holder) throw new Error('nobody, or more than one, holds the address of the writer')
    if ((await query(holder, 'select pg_is_in_recovery()', 2000)).trim() !== 'f')
      throw new Error(`${holder.name} is no primary yet`)
    return holder
  },
  query,
  async mend(hosts) {
    // The primary waits for its replica again, now that there is one.
    for (const host of hosts) {
      const isPrimary = await query(host, 'select pg_is_in_recovery()', 2000).then(
        (text) => text.trim() === 'f',
        () => false,
      )
      if (!isPrimary) continue
      for (let tries = 0; tries < 50; tries++, await sleep(100)) {
        if ((await query(host, "select count(*) from pg_stat_replication where state = 'streaming'")).trim() === '1') {
          await query(host, "alter system set synchronous_standby_names = '*'")
          await query(host, 'select pg_reload_conf()')
          return
        }
      }
    }
  },
  async delay(host, seconds) {
    await query(host, `alter system set recovery_min_apply_delay = '${seconds}s'`)
    await query(host, 'select pg_reload_conf()')
  },
  async faults(hosts) {
    const primary = await this.writer(hosts)
    let reason = ''
    for (let tries = 0; tries < 20; tries++, await sleep(500)) {
      const state = await query(
        primary,
        "select coalesce(string_agg(state || ' ' || (sent_lsn = replay_lsn)::text, ', '), 'no replica') from pg_stat_replication",
      )
      reason = state.trim()
      if (reason === 'streaming true') return []
    }
    return [`the replica is not where the primary is: ${reason}`]
  },
}
