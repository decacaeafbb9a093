// keepalived 2.2 on one machine, as balancer, as database server, or as both: VRRP version 3 to its named peers. The checks are real
// questions with a hard time limit, because what hangs still accepts connections.

import { BadConfig } from '#config/load.ts'
import { pairScript } from './mariadb.ts'
import type { Topology } from './topology.ts'

interface Group {
  readonly name: string
  readonly address: string
  readonly routerId: number
  /** All machines of the group; the first has the address while it is well. */
  readonly machines: readonly { readonly name: string; readonly address: string; readonly interface: string }[]
  readonly check: string
  readonly notify?: string
}

/** `host`: the machine that it is for. Throws BadConfig where no address floats to it. */
export function renderKeepalived(topology: Topology, host: string): string {
  const groups = groupsOf(topology)
  const own = groups.filter(({ machines }) => machines.some(({ name }) => name === host))
  if (own.length === 0) {
    const what =
      groups.length === 0
        ? '[site] address and [database] address are empty: there is nothing to float'
        : `no ${groups.map(({ name }) => kinds[name]).join(' or ')} is named ${host}`
    throw new BadConfig([{ where: 'topology', what }])
  }
  return [
    `# Printed by \`paquebot render keepalived --host ${host}\`: change the topology file, not this.`,
    'global_defs {',
    `  router_id ${host}`,
    '  script_user root',
    '  enable_script_security',
    '  vrrp_version 3',
    '  vrrp_garp_master_repeat 3',
    '  vrrp_garp_master_refresh 10',
    '}',
    '',
    ...own.flatMap((group) => groupLines(group, host, topology.vrrp.interval)),
  ].join('\n')
}

const kinds: Readonly<Record<string, string>> = { people: '[[balancer]]', database: '[[database_server]]' }

function groupsOf({ site, balancers, database, databaseServers, vrrp }: Topology): readonly Group[] {
  const groups: Group[] = []
  if (site.address !== null) {
    groups.push({
      name: 'people',
      address: site.address,
      routerId: vrrp.routerId,
      machines: balancers,
      check: `/usr/bin/curl -sf -o /dev/null -m 0.8 http://127.0.0.1:${site.healthPort}/balancer-health`,
    })
  }
  if (database.address !== null) {
    groups.push({
      name: 'database',
      address: database.address,
      routerId: database.routerId,
      machines: databaseServers,
      check: `${pairScript} check`,
      notify: `${pairScript} notify`,
    })
  }
  return groups
}

function groupLines({ name, address, routerId, machines, check, notify }: Group, host: string, intervalMs: number) {
  const index = machines.findIndex((machine) => machine.name === host)
  const self = machines[index] as Group['machines'][number]
  const peers = machines.filter((machine) => machine.name !== host)
  return [
    `vrrp_script ${name} {`,
    `  script "${check}"`,
    '  interval 1',
    '  timeout 1',
    '  fall 2',
    '  rise 2',
    '  init_fail',
    '}',
    '',
    `vrrp_instance ${name} {`,
    // Nobody begins as master, and nobody takes the address back from one who is well: each move costs connections.
    '  state BACKUP',
    '  nopreempt',
    `  interface ${self.interface}`,
    `  virtual_router_id ${routerId}`,
    `  priority ${200 - 10 * index}`,
    `  advert_int ${intervalMs / 1000}`,
    `  unicast_src_ip ${self.address}`,
    ...(peers.length > 0 ? ['  unicast_peer {', ...peers.map((peer) => `    ${peer.address}`), '  }'] : []),
    ...(notify ? [`  notify "${notify}"`] : []),
    '  virtual_ipaddress {',
    `    ${address} dev ${self.interface}`,
    '  }',
    '  track_script {',
    `    ${name}`,
    '  }',
    '}',
    '',
  ]
}
