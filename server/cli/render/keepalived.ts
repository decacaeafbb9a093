// keepalived 2.2 on one balancer: VRRP version 3 to its named peers. The check is a request with a hard time limit, because a hung
// HAProxy still accepts connections.

import { BadConfig } from '#config/load.ts'
import type { Topology } from './topology.ts'

/** `host`: the balancer that it is for. Throws BadConfig where there is no floating address, or no such balancer. */
export function renderKeepalived(topology: Topology, host: string): string {
  const { site, balancers, vrrp } = topology
  const index = balancers.findIndex(({ name }) => name === host)
  const self = balancers[index]
  if (site.address === null || !self) {
    const what = self ? '[site] address is empty: there is nothing to float' : `no [[balancer]] is named ${host}`
    throw new BadConfig([{ where: 'topology', what }])
  }
  const peers = balancers.filter(({ name }) => name !== host)
  return [
    `# Printed by \`paquebot render keepalived --host ${host}\`: change the topology file, not this.`,
    'global_defs {',
    `  router_id ${self.name}`,
    '  script_user root',
    '  enable_script_security',
    '  vrrp_version 3',
    '  vrrp_garp_master_repeat 3',
    '  vrrp_garp_master_refresh 10',
    '}',
    '',
    'vrrp_script balancer {',
    `  script "/usr/bin/curl -sf -o /dev/null -m 0.8 http://127.0.0.1:${site.healthPort}/balancer-health"`,
    '  interval 1',
    '  timeout 1',
    '  fall 2',
    '  rise 2',
    '  init_fail',
    '}',
    '',
    'vrrp_instance people {',
    // Nobody begins as master, and nobody takes the address back from one who is well: each move costs connections.
    '  state BACKUP',
    '  nopreempt',
    `  interface ${self.interface}`,
    `  virtual_router_id ${vrrp.routerId}`,
    `  priority ${200 - 10 * index}`,
    `  advert_int ${vrrp.interval / 1000}`,
    `  unicast_src_ip ${self.address}`,
    ...(peers.length > 0 ? ['  unicast_peer {', ...peers.map(({ address }) => `    ${address}`), '  }'] : []),
    '  virtual_ipaddress {',
    `    ${site.address} dev ${self.interface}`,
    '  }',
    '  track_script {',
    '    balancer',
    '  }',
    '}',
    '',
  ].join('\n')
}
