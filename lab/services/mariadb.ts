// Two MariaDB servers that replicate each other, with GTIDs and semi-synchronous acknowledgement. One of them is the writer: it
// holds the floating address, and only it is not read-only. keepalived moves the address; the notify script moves the right to
// write: it drains the relay log first, and takes the right from a server that hung as soon as that answers again.

import type { Host } from '../net/host.ts'
import { databaseName, password } from '../topologies/plan.ts'
import type { Service } from './service.ts'

export interface MariadbOptions {
  readonly serverId: 1 | 2
  readonly peer: string
}

const socket = '/run/mysqld/mysqld.sock'
const dataDir = '/disk/mysql'

export function mariadb({ serverId, peer }: MariadbOptions): Service {
  return {
    name: 'mariadb',
    async start(host) {
      const isNew = (await host.exec(['sh', '-c', `test -d ${dataDir} && echo no || echo yes`])).trim() === 'yes'
      if (isNew) await makeDataDir(host)
      host.write('/etc/mysql/lab.cnf', mariadbConfig(serverId))
      await host.exec(['install', '-d', '-o', 'mysql', '/run/mysqld'])
      // A server that comes back as a replica takes out of its binary log what nobody had acknowledged when it died; only then may
      // it ask its peer for what is missing.
      const role = isNew ? [] : ['--init-rpl-role=SLAVE']
      await host.start('mariadb', ['mariadbd', '--defaults-file=/etc/mysql/lab.cnf', '--skip-slave-start', ...role])
      await waitForSql(host)
      if (isNew) await query(host, accountsSql)
      else await query(host, await rejoinSql(host, serverId))
      await query(host, changeMasterSql(peer))
    },
    check: (host) => query(host, 'SELECT 1'),
  }
}

export async function makeDataDir(host: Host): Promise<void> {
  // Slow enough to be made once: the first server leaves it for the others.
  const template = '/shared/mysql-template'
  const script = `flock /shared/mysql-template.lock sh -c 'test -d ${template} || {
  mariadb-install-db --no-defaults --user=mysql --auth-root-authentication-method=normal --skip-test-db --innodb-log-file-size=32M --datadir=${template}.new >/dev/null &&
  mv ${template}.new ${template}; }' && cp -a ${template} ${dataDir}`
  await host.exec(['sh', '-c', script])
}

export async function waitForSql(host: Host): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(host, 'SELECT 1')
      return
    } catch (error) {
      if (tries > 150) throw new Error(`MariaDB on ${host.name} did not come up`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** As root over the server's own socket; columns by tab, no heading. */
export function query(host: Host, sql: string, timeoutMs = 10_000): Promise<string> {
  return host.exec(['mariadb', '--no-defaults', '-uroot', '-S', socket, '-BN'], { input: sql, timeoutMs })
}

export const accountsSql = `SET SESSION sql_log_bin=0;
CREATE USER chk@'%';
CREATE USER repl@'%' IDENTIFIED BY '${password}';
GRANT REPLICATION SLAVE ON *.* TO repl@'%';
CREATE DATABASE ${databaseName} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE USER paquebot@'%' IDENTIFIED BY '${password}';
GRANT ALL ON ${databaseName}.* TO paquebot@'%';
GRANT REPLICATION CLIENT, SLAVE MONITOR, BINLOG MONITOR ON *.* TO paquebot@'%';
`

function changeMasterSql(peer: string): string {
  return `STOP SLAVE; CHANGE MASTER TO MASTER_HOST='${peer}', MASTER_USER='repl', MASTER_PASSWORD='${password}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1; START SLAVE;`
}

/**
 * In a ring the server's own last transaction may have come back to it before it died, so that gtid_slave_pos is ahead of the
 * binary log that has just been cut: the transaction would never be fetched again. Its own part is set back to what it has.
 */
async function rejoinSql(host: Host, serverId: number): Promise<string> {
  const [row = ''] = (await query(host, 'SELECT @@gtid_slave_pos, @@gtid_binlog_pos')).split('\n')
  const [slavePosition = '', binlogPosition = ''] = row.split('\t')
  return `STOP SLAVE; SET GLOBAL gtid_slave_pos='${rejoinPosition(slavePosition, binlogPosition, serverId)}';`
}

/** `domain-server-sequence` lists: that of the slave with the own domain's entry of the binary log. */
export function rejoinPosition(slavePosition: string, binlogPosition: string, domain: number): string {
  const isOwn = (gtid: string) => gtid.startsWith(`${domain}-`)
  const list = (text: string) => text.split(',').filter(Boolean)
  return [...list(slavePosition).filter((gtid) => !isOwn(gtid)), ...list(binlogPosition).filter(isOwn)].join(',')
}

function mariadbConfig(serverId: number): string {
  return `[mariadbd]
user=mysql
datadir=${dataDir}
tmpdir=/run/mysqld
socket=${socket}
pid_file=/run/mysqld/mysqld.pid
bind_address=0.0.0.0
skip_name_resolve=1
max_connections=500
server_id=${serverId}
report_host=db${serverId}
log_bin=mysql-bin
log_slave_updates=1
binlog_format=ROW
relay_log=relay-bin
gtid_domain_id=${serverId}
gtid_strict_mode=1
sync_binlog=1
innodb_flush_log_at_trx_commit=1
auto_increment_increment=2
auto_increment_offset=${serverId}
innodb_buffer_pool_size=64M
innodb_log_file_size=32M
performance_schema=OFF
rpl_semi_sync_slave_enabled=1
rpl_semi_sync_master_enabled=0
rpl_semi_sync_master_wait_no_slave=0
rpl_semi_sync_master_wait_point=AFTER_SYNC
rpl_semi_sync_master_timeout=1000
slave_net_timeout=4
session_track_system_variables=autocommit,character_set_client,character_set_connection,character_set_results,time_zone,last_gtid
read_only=1
`
}

/** A query, so that a server that hangs fails as a dead one does. */
export const mariadbCheck = `exec timeout 1.8 mariadb --no-defaults -uchk -h127.0.0.1 --connect-timeout=1 -BNe 'SELECT 1' >/dev/null 2>&1`

/** keepalived's notify: TYPE NAME STATE. */
export const mariadbNotify = `#!/bin/bash
exec >> /disk/notify.log 2>&1
M="mariadb --no-defaults -uroot -S ${socket}"
t0=$(date +%s%3N); echo "$(date +%T.%3N) $*"
case "$3" in
MASTER)
  echo MASTER > /run/db.state
  position=$(timeout 3 $M -e 'SHOW SLAVE STATUS\\G' | awk '/ Gtid_IO_Pos:/{print $2}')
  waited=$(timeout 20 $M -BNe "SELECT MASTER_GTID_WAIT('$position',15)")
  # keepalived waits for nobody: that the address has gone again may have been told, and acted on, meanwhile; and in this very moment.
  [ "$(cat /run/db.state)" = MASTER ] || exit 0
  timeout 5 $M -e 'SET GLOBAL rpl_semi_sync_master_enabled=1; SET GLOBAL read_only=0'
  [ "$(cat /run/db.state)" = MASTER ] || timeout 5 $M -e 'SET GLOBAL read_only=1; SET GLOBAL rpl_semi_sync_master_enabled=0'
  echo "$(date +%T.%3N) writable after $(( $(date +%s%3N)-t0 )) ms (waited=$waited for $position)" ;;
*)
  echo "$3" > /run/db.state
  for i in $(seq 1200); do
    [ "$(cat /run/db.state)" = MASTER ] && exit 0
    # Whoever is connected believes that it may write: those connections end with the right to.
    timeout 2 $M -e 'SET GLOBAL read_only=1; SET GLOBAL rpl_semi_sync_master_enabled=0' && {
      $M -BNe "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user='paquebot'" | $M -f 2>/dev/null
      echo "$(date +%T.%3N) demoted (try $i)"; exit 0; }
    sleep 0.5
  done ;;
esac
`

/** Rows that both servers should have alike. */
export async function checksums(host: Host): Promise<string> {
  const tables = (await query(host, `SHOW TABLES IN ${databaseName}`)).split('\n').filter(Boolean)
  return query(host, `CHECKSUM TABLE ${tables.map((name) => `${databaseName}.\`${name}\``).join(', ')}`, 60_000)
}

export interface ReplicaState {
  readonly isRunning: boolean
  readonly error: string
  readonly lagSeconds: number | null
}

export async function replicaState(host: Host): Promise<ReplicaState> {
  const text = await host.exec(['mariadb', '--no-defaults', '-uroot', '-S', socket, '-e', 'SHOW SLAVE STATUS\\G'], {
    timeoutMs: 5000,
  })
  const field = (name: string) => new RegExp(`^\\s*${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const lag = field('Seconds_Behind_Master')
  return {
    isRunning: field('Slave_IO_Running') === 'Yes' && field('Slave_SQL_Running') === 'Yes',
    error: field('Last_SQL_Error') || field('Last_IO_Error'),
    lagSeconds: /^\d+$/.test(lag) ? Number(lag) : null,
  }
}
