// Three Galera nodes, all of which may be written to. A node that comes back asks the others for what it lacks; after a power cut of all,
// the one that knows most begins the cluster anew.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../net/host.ts'
import { addressOf, databaseName, password } from '../topologies/plan.ts'
import type { Database } from './database.ts'
import { accountsSql, checksums, makeDataDir, query, waitForSql } from './mariadb.ts'
import type { Service } from './service.ts'

const names = ['db1', 'db2', 'db3'] as const
const url = (name: (typeof names)[number]) => `mariadb://paquebot:${password}@${addressOf(name)}:3306/${databaseName}`
const configPath = '/etc/mysql/lab.cnf'

const galeraNode: Service = {
  name: 'mariadb',
  async start(host) {
    const isNew = (await host.exec(['sh', '-c', 'test -d /disk/mysql && echo no || echo yes'])).trim() === 'yes'
    if (isNew) await makeDataDir(host)
    host.write(configPath, galeraConfig(host))
    await host.exec(['install', '-d', '-o', 'mysql', '/run/mysqld'])
    const begins = (
      await host.exec(['sh', '-c', 'test -f /disk/begins && rm /disk/begins && echo yes || echo no'])
    ).trim()
    const isFirst = (isNew && host.name === names[0]) || begins === 'yes'
    await host.start('mariadb', [
      'mariadbd',
      `--defaults-file=${configPath}`,
      ...(isFirst ? ['--wsrep-new-cluster'] : []),
    ])
    await waitForSql(host)
    if (isNew && isFirst) await query(host, accountsSql.replace('SET SESSION sql_log_bin=0;', ''))
  },
  async check(host) {
    const ready = await query(host, "SHOW STATUS LIKE 'wsrep_ready'", 2000)
    if (!ready.includes('ON')) throw new Error(`wsrep is not ready: ${ready}`)
  },
}

export const galera: Database = {
  hosts: names,
  daemon: 'mariadb',
  startsTogether: false,
  servicesOf: () => [galeraNode],
  write: names.map(url),
  read: [],
  /** The nodes prefer the first in their list that lives. */
  async writer(hosts) {
    for (const host of hosts) {
      if (!host.isUp()) continue
      const isReady = await galeraNode.check(host).then(
        () => true,
        () => false,
      )
      if (isReady) return host
    }
    throw new Error('no Galera node is ready')
  },
  query,
  async delay() {
    throw new Error('a Galera node cannot be delayed: it would hold up the others')
  },
  async faults(hosts) {
    for (const host of hosts) await galeraNode.check(host)
    const sizes = await Promise.all(hosts.map((host) => query(host, "SHOW STATUS LIKE 'wsrep_cluster_size'")))
    if (sizes.some((size) => !size.includes(`\t${hosts.length}`)))
      return [`not all nodes are in the cluster: ${sizes.join(' ')}`]
    let sums: string[] = []
    for (let tries = 0; tries < 10; tries++, await sleep(500)) {
      sums = await Promise.all(hosts.map(checksums))
      if (new Set(sums).size === 1) return []
    }
    return [`the nodes differ:\n${sums.join('\n')}`]
  },
  async beforeRestart(hosts) {
    // grastate.dat of a node that was killed says -1: what it has is in InnoDB, and --wsrep-recover tells.
    const positions = await Promise.all(
      hosts.map(async (host) => {
        host.write(configPath, galeraConfig(host))
        const text = await host.exec(
          [
            'sh',
            '-c',
            `install -d -o mysql /run/mysqld; mariadbd --defaults-file=${configPath} --wsrep-recover --log-error=/tmp/recover; cat /tmp/recover`,
          ],
          { timeoutMs: 60_000 },
        )
        return Number(/Recovered position: [0-9a-f-]+:(-?\d+)/.exec(text)?.[1] ?? -1)
      }),
    )
    const first = positions.indexOf(Math.max(...positions))
    const chosen = hosts[first] as Host
    await chosen.exec([
      'sh',
      '-c',
      'touch /disk/begins; sed -i s/safe_to_bootstrap:.*/safe_to_bootstrap:\\ 1/ /disk/mysql/grastate.dat',
    ])
    return [chosen, ...hosts.filter((host) => host !== chosen)]
  },
}

function galeraConfig({ name, address }: Host): string {
  return `[mariadbd]
user=mysql
datadir=/disk/mysql
socket=/run/mysqld/mysqld.sock
pid_file=/run/mysqld/mysqld.pid
bind_address=0.0.0.0
skip_name_resolve=1
max_connections=500
server_id=${address.split('.').at(-1)}
binlog_format=ROW
default_storage_engine=InnoDB
innodb_autoinc_lock_mode=2
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=64M
innodb_log_file_size=32M
performance_schema=OFF
wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_name=lab
wsrep_cluster_address=gcomm://${names.map(addressOf).join(',')}
wsrep_node_address=${address}
wsrep_node_name=${name}
wsrep_sst_method=rsync
wsrep_slave_threads=2
wsrep_provider_options="gcache.size=32M;evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S;evs.install_timeout=PT2S;evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.2S"
`
}
