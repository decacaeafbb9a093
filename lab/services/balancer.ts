// HAProxy and keepalived on a balancer, both with what the product itself prints for the lab's topology file.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderHaproxy } from '#cli/render/haproxy.ts'
import { renderKeepalived } from '#cli/render/keepalived.ts'
import { loadTopology } from '#cli/render/topology.ts'
import type { Lab } from '../net/lab.ts'
import { addressOf, balancers, floating, type HostName, nodes, webName } from '../topologies/plan.ts'
import { launchKeepalived } from './keepalived.ts'
import type { Service } from './service.ts'

const certificatePath = '/etc/haproxy/lab.pem'

/** Where the lab keeps what is made once for all hosts. */
export const topologyFile = (lab: Lab) => join(lab.stateDir, 'topology.toml')
export const certificateFile = (lab: Lab) => join(lab.stateDir, 'tls.pem')

export function topologyText(): string {
  const machines = (kind: string, names: readonly HostName[]) =>
    names.map((name) => `[[${kind}]]\nname = "${name}"\naddress = "${addressOf(name)}"\n`).join('')
  return `[site]
base_url = "https://${webName}"
address = "${floating.web}/24"
certificate = "${certificatePath}"

[balance]
max_connections = 5000

${machines('balancer', balancers)}
${machines('node', nodes)}`
}

export function balancerServices(lab: Lab): readonly Service[] {
  return [haproxy(lab), keepalived(lab)]
}

function haproxy(lab: Lab): Service {
  return {
    name: 'haproxy',
    async start(host) {
      host.write(certificatePath, readFileSync(certificateFile(lab)), 0o600)
      host.write('/etc/haproxy/haproxy.cfg', renderHaproxy(loadTopology(topologyFile(lab))))
      await host.start('haproxy', ['haproxy', '-W', '-db', '-f', '/etc/haproxy/haproxy.cfg'])
    },
    check: (host) => host.exec(['curl', '-sf', '-m', '1', 'http://127.0.0.1:8404/balancer-health']),
  }
}

function keepalived(lab: Lab): Service {
  return {
    name: 'keepalived',
    async start(host) {
      host.write('/etc/keepalived/keepalived.conf', renderKeepalived(loadTopology(topologyFile(lab)), host.name))
      await launchKeepalived(host)
    },
    check: async (host) => {
      if (!(await host.isRunning('keepalived'))) throw new Error('keepalived has ended')
    },
  }
}
