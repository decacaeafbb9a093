// The settings of one PostgreSQL server on which our promises rest: docs/run/database.md says why each.

import type { Finding, ServerCheck, ServerToCheck } from './check.ts'

export async function checkPostgres({ query, state, role, hasReplicas, poolMax }: ServerToCheck): Promise<ServerCheck> {
  const { rows } = await query('select name, setting from pg_settings')
  const of = new Map(rows.map((row) => [String(row.name), String(row.setting)]))
  const own = (
    await query(
      'select pg_encoding_to_char(encoding) as encoding, datcollate as collation from pg_database where datname = current_database()',
    )
  ).rows[0]
  const findings: Omit<Finding, 'server'>[] = []
  const say = (level: Finding['level'], text: string) => findings.push({ level, text })

  say('ok', `PostgreSQL ${of.get('server_version')}${state.isWritable ? '' : ', a replica'}`)
  if (of.get('fsync') !== 'on' || of.get('full_page_writes') !== 'on')
    say(
      'fault',
      'fsync or full_page_writes is off: a power cut takes commits that were acknowledged, or the whole database',
    )
  if (own?.encoding !== 'UTF8') say('fault', `the database's encoding is ${own?.encoding}: mail needs UTF8`)
  if (Number(of.get('max_connections')) < poolMax * 3)
    say('weak', `max_connections is ${of.get('max_connections')}: three nodes may open ${poolMax * 3}`)
  if (Number(of.get('wal_receiver_timeout')) > 10_000 && !state.isWritable)
    say('weak', 'wal_receiver_timeout is above 10 s: a replica notices late that its primary is gone')
  const mayMonitor =
    (await query("select pg_has_role(current_user, 'pg_monitor', 'usage') as may")).rows[0]?.may === true
  if (!mayMonitor && hasReplicas)
    say('fault', 'our user may not see replication (GRANT pg_monitor): no replica will be read from')
  if (role === 'write' && state.isWritable && hasReplicas) {
    const names = of.get('synchronous_standby_names') ?? ''
    if (names === '')
      say('fault', 'synchronous_standby_names is empty: what was acknowledged last dies with this server')
    else if (mayMonitor) {
      const standbys = await query(
        "select count(*) as count from pg_stat_replication where sync_state in ('sync', 'quorum')",
      )
      if (Number(standbys.rows[0]?.count) === 0)
        say('fault', 'no synchronous replica is connected: every write waits for one')
    }
    if (['off', 'local'].includes(of.get('synchronous_commit') ?? ''))
      say(
        'fault',
        `synchronous_commit is ${of.get('synchronous_commit')}: commits do not wait for the replica (off is overruled by us as far as this server's own disk goes)`,
      )
  }
  return {
    findings,
    traits: {
      'the version': of.get('server_version')?.split('.')[0] ?? '',
      'the encoding': String(own?.encoding),
      'the collation': String(own?.collation),
      data_checksums: of.get('data_checksums') ?? '',
    },
  }
}
