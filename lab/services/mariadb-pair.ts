// The default database of the lab: a MariaDB pair behind one floating address.

import type { Host } from '../net/host.ts'
import { addressOf, databaseName, floating, password } from '../topologies/plan.ts'
import type { Database } from './database.ts'
import { holderOf, keepalived } from './keepalived.ts'
import { checksums, mariadb, mariadbCheck, mariadbNotify, query, replicaState } from './mariadb.ts'

const url = (address: string) => `mariadb://paquebot:${password}@${address}:3306/${databaseName}`
const peerOf = { db1: 'db2', db2: 'db1' } as const

export const mariadbPair: Database = {
  hosts: ['db1', 'db2'],
  daemon: 'mariadb',
  startsTogether: true,
  servicesOf(name) {
    const self = name === 'db1' ? 'db1' : 'db2'
    const peer = addressOf(peerOf[self])
    return [
      mariadb({ serverId: self === 'db1' ? 1 : 2, peer }),
      keepalived([
        {
          name: 'sql',
          routerId: 53,
          address: floating.sql,
          self: addressOf(self),
          peers: [peer],
          priority: self === 'db1' ? 150 : 100,
          check: mariadbCheck,
          notify: mariadbNotify,
        },
      ]),
    ]
  },
  write: [url(floating.sql)],
  read: [url(addressOf('db1')), url(addressOf('db2'))],
  async writer(hosts) {
    const holder = await holderOf(floating.sql, hosts)
    if (!holder) throw new Error('nobody, or more than one, holds the address of the writer')
    if ((await query(holder, 'SELECT @@read_only', 2000)).trim() !== '0')
      throw new Error(`${holder.name} may not write yet`)
    return holder
  },
  async delay(host, seconds) {
    await query(host, `STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=${seconds}; START SLAVE;`)
  },
  query,
  async mend(hosts) {
    for (let tries = 0; tries < 20; tries++) {
      const states = await Promise.all(hosts.map((host) => replicaState(host).catch(() => null)))
      if (states.every((state) => state === null || state.isRunning)) return
      for (const [index, state] of states.entries()) {
        // Asked for what the other one had cut from its log and gets again only now: an error that no server repeats by itself.
        if (state?.error.includes('not in the master')) await query(hosts[index] as Host, 'STOP SLAVE; START SLAVE')
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  },
  async faults(hosts) {
    const found: string[] = []
    const writers: string[] = []
    for (const host of hosts) {
      const { isRunning, error } = await replicaState(host)
      if (!isRunning) found.push(`${host.name} does not replicate: ${error || 'stopped'}`)
      if ((await query(host, 'SELECT @@read_only')).trim() === '0') writers.push(host.name)
    }
    if (writers.length !== 1) found.push(`writers: ${writers.join(' and ') || 'none'}`)
    if (found.length > 0) return found
    return [...found, ...(await differences(hosts))]
  },
}

/** The checksums of a moment in which nobody writes; asked again while they differ, for replication needs a while. */
async function differences(hosts: readonly Host[]): Promise<string[]> {
  let sums: string[] = []
  for (let tries = 0; tries < 20; tries++) {
    sums = await Promise.all(hosts.map(checksums))
    if (new Set(sums).size === 1) return []
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  const [first = '', ...others] = sums
  return first.split('\n').flatMap((line, index) => {
    const differs = others.some((other) => other.split('\n')[index] !== line)
    return differs ? [`${line.split('\t')[0]} is not the same on ${hosts.map(({ name }) => name).join(' and ')}`] : []
  })
}
