// The settings of one MariaDB server on which our promises rest: docs/run/database.md says why each.

import type { Finding, ServerCheck, ServerToCheck } from './check.ts'

const variables = [
  ...['version', 'log_bin', 'log_slave_updates', 'gtid_strict_mode', 'sync_binlog', 'innodb_flush_log_at_trx_commit'],
  ...['binlog_format', 'rpl_semi_sync_master_enabled', 'rpl_semi_sync_master_wait_point', 'max_connections'],
  ...['rpl_semi_sync_master_timeout', 'rpl_semi_sync_slave_enabled', 'max_allowed_packet', 'innodb_page_size'],
  ...['character_set_database', 'collation_database', 'lower_case_table_names', 'server_id'],
]
const minPacketBytes = 16 * 1024 * 1024

export async function checkMariadb({ query, state, role, hasReplicas, poolMax }: ServerToCheck): Promise<ServerCheck> {
  const rows = async (sql: string) =>
    new Map((await query(sql)).rows.map((row) => [String(row.Variable_name).toLowerCase(), String(row.Value)]))
  const of = await rows(
    `show global variables where variable_name in (${variables.map((name) => `'${name}'`).join(', ')})`,
  )
  // The database's own, where it differs from the server's default.
  const own = await query('select @@character_set_database cs, @@collation_database co')
  const status = await rows("show global status like 'rpl_semi_sync_master_%'")
  const findings: Omit<Finding, 'server'>[] = []
  const say = (level: Finding['level'], text: string) => findings.push({ level, text })
  const isOn = (name: string) => ['ON', '1'].includes(of.get(name) ?? '')

  say('ok', `MariaDB ${of.get('version')}${state.isGalera ? ', Galera' : ''}`)
  if (of.get('innodb_flush_log_at_trx_commit') !== '1' && !state.isGalera)
    say('fault', 'innodb_flush_log_at_trx_commit is not 1: a power cut takes commits that were acknowledged')
  if (of.get('binlog_format') === 'STATEMENT')
    say('fault', 'binlog_format is STATEMENT: our transactions (READ COMMITTED) are refused. Set ROW.')
  if (Number(of.get('max_allowed_packet')) < minPacketBytes)
    say('weak', `max_allowed_packet is ${of.get('max_allowed_packet')}: set 16M, or long texts are refused`)
  if (Number(of.get('max_connections')) < poolMax * 3)
    say('weak', `max_connections is ${of.get('max_connections')}: three nodes may open ${poolMax * 3}`)
  if (String(own.rows[0]?.cs) !== 'utf8mb4')
    say(
      'weak',
      `the database's character set is ${own.rows[0]?.cs}; our tables name their own, others' may not: utf8mb4`,
    )

  if (!state.isGalera && hasReplicas) {
    if (!isOn('log_bin'))
      say('fault', 'log_bin is off: there are no positions, so no replica can be read from or take over')
    if (of.get('sync_binlog') !== '1')
      say(
        'fault',
        'sync_binlog is not 1: after a power cut the replicas have what this server has not, or the other way round',
      )
    if (!isOn('log_slave_updates'))
      say('weak', 'log_slave_updates is off: this server cannot feed replicas after it was promoted')
    if (!isOn('gtid_strict_mode'))
      say('weak', 'gtid_strict_mode is off: histories that part are not noticed when it happens')
    if (role === 'write' && state.isWritable) semiSync(say, of, status, isOn)
    if (!state.isWritable && !isOn('rpl_semi_sync_slave_enabled'))
      say('weak', 'rpl_semi_sync_slave_enabled is off: this replica acknowledges nothing to the writer')
  }
  const grants = (await query('show grants')).rows.map((row) => String(Object.values(row)[0])).join('\n')
  if (/\b(SUPER|READ[ _]ONLY ADMIN)\b|ALL PRIVILEGES ON \*\.\*/.test(grants))
    say(
      'fault',
      'our user may write in spite of read_only (SUPER, READ ONLY ADMIN or all on *.*): a demoted writer would take our writes',
    )
  if (!state.isGalera && !/REPLICA MONITOR|SLAVE MONITOR|SUPER|ALL PRIVILEGES ON \*\.\*/.test(grants))
    say(
      'weak',
      'our user may not see replication (GRANT REPLICA MONITOR): a replica that has stopped is noticed by its lag alone',
    )
  return {
    findings,
    traits: {
      'the version (first two numbers)': /^\d+\.\d+/.exec(of.get('version') ?? '')?.[0] ?? '',
      'the character set of the database': String(own.rows[0]?.cs),
      'the collation of the database': String(own.rows[0]?.co),
      lower_case_table_names: of.get('lower_case_table_names') ?? '',
    },
  }
}

function semiSync(
  say: (level: Finding['level'], text: string) => void,
  of: ReadonlyMap<string, string>,
  status: ReadonlyMap<string, string>,
  isOn: (name: string) => boolean,
): void {
  if (!isOn('rpl_semi_sync_master_enabled')) {
    say('fault', 'rpl_semi_sync_master_enabled is off: what was acknowledged last dies with this server')
    return
  }
  if (status.get('rpl_semi_sync_master_status') !== 'ON' || status.get('rpl_semi_sync_master_clients') === '0')
    say(
      'fault',
      'semi-sync has fallen back: no replica acknowledges, and what is acknowledged now dies with this server',
    )
  if (of.get('rpl_semi_sync_master_wait_point') !== 'AFTER_SYNC')
    say('weak', 'rpl_semi_sync_master_wait_point is not AFTER_SYNC: others may see what is lost at a failover')
  if (Number(of.get('rpl_semi_sync_master_timeout')) > 2000)
    say(
      'weak',
      `rpl_semi_sync_master_timeout is ${of.get('rpl_semi_sync_master_timeout')} ms: for so long nobody can write when a replica dies. Set 1000.`,
    )
}
