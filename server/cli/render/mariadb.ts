// One of two MariaDB 10.11 servers that replicate each other: its settings, what systemd does before and after its start, and the script that
// keepalived and the operator call. Only the one with the floating address may write, and it acknowledges what both have.

import { readFileSync } from 'node:fs'
import { BadConfig } from '#config/load.ts'
import type { Topology } from './topology.ts'

/** Where the script of a pair lies on each of its servers; keepalived and systemd name it. */
export const pairScript = '/etc/keepalived/paquebot-mariadb'

const byHand = (what: string, host: string) =>
  `# Printed by \`paquebot render ${what} --host ${host}\`: change the topology file, not this.`

export function renderMariadb(topology: Topology, host: string): string {
  const { number } = serverOf(topology, host)
  return `${byHand('mariadb', host)}
[mariadbd]
bind_address=*
skip_name_resolve=1
max_connections=500
max_allowed_packet=64M
server_id=${number}
report_host=${host}
# What is acknowledged is on disk.
innodb_flush_log_at_trx_commit=1
sync_binlog=1
# Positions by which a node knows whether a server has what a person has written.
log_bin=mysql-bin
log_slave_updates=1
binlog_format=ROW
relay_log=relay-bin
gtid_domain_id=${number}
gtid_strict_mode=1
expire_logs_days=7
session_track_system_variables=autocommit,character_set_client,character_set_connection,character_set_results,time_zone,last_gtid
# No write is acknowledged that the other server has not received, while there is another server.
rpl_semi_sync_slave_enabled=1
rpl_semi_sync_master_enabled=0
rpl_semi_sync_master_wait_point=AFTER_SYNC
rpl_semi_sync_master_wait_no_slave=0
rpl_semi_sync_master_timeout=1000
slave_net_timeout=4
# ${pairScript} lifts these where the floating address is.
read_only=1
skip_slave_start=1
auto_increment_increment=2
auto_increment_offset=${number}
`
}

export function renderMariadbSystemd(topology: Topology, host: string): string {
  serverOf(topology, host)
  return `${byHand('mariadb-systemd', host)}
[Service]
ExecStartPre=+${pairScript} before-start
EnvironmentFile=-/run/paquebot-mariadb.env
ExecStartPost=+${pairScript} after-start
`
}

export function renderMariadbScript(topology: Topology, host: string): string {
  const { peer } = serverOf(topology, host)
  const { database } = topology
  const settings = {
    peer: peer.address,
    database: database.name,
    user: database.user,
    user_password_file: database.passwordFile,
    replication_user: database.replicationUser,
    replication_password_file: database.replicationPasswordFile,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`)
  const script = readFileSync(new URL('mariadb-pair.sh', import.meta.url), 'utf8')
  return script.replace('# SETTINGS', [byHand('mariadb-script', host), ...lines].join('\n'))
}

function serverOf({ databaseServers }: Topology, host: string) {
  const index = databaseServers.findIndex(({ name }) => name === host)
  const peer = databaseServers[1 - index]
  if (index < 0 || !peer)
    throw new BadConfig([{ where: 'topology', what: `no [[database_server]] is named ${host || '(--host)'}` }])
  return { number: index + 1, peer }
}
