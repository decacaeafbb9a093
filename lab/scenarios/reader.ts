// A database server that is not the writer now.

import type { Host } from '../net/host.ts'
import type { Cluster } from '../topologies/cluster.ts'

export async function readerOf(cluster: Cluster): Promise<Host> {
  const hosts = cluster.hosts(cluster.database.hosts)
  const writer = await cluster.database.writer(hosts)
  const reader = hosts.find(({ name }) => name !== writer.name)
  if (!reader) throw new Error('there is only one database server')
  return reader
}
