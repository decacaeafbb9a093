// keepalived for the hosts behind Paquebot (the balancers' is what `paquebot render keepalived` prints): VRRP 3 with unicast
// peers, an advertisement each 0.2 s, no return of the address by itself, and a check that is a real question with a time limit.

import type { Host } from '../net/host.ts'
import type { Service } from './service.ts'

export interface Floating {
  readonly name: string
  readonly routerId: number
  readonly address: string
  readonly self: string
  readonly peers: readonly string[]
  readonly priority: number
  /** Shell; exit 0 means fit for the address. Its own limits are for a machine that is busy with other things. */
  readonly check: string
  /** How long a check may take, and how many bad ones in a row give the address away. A refused connection is bad at once. */
  readonly patience?: { readonly seconds: number; readonly fall: number }
  /** Shell, called by keepalived with TYPE NAME STATE. */
  readonly notify?: string
}

export function keepalived(addresses: readonly Floating[]): Service {
  return {
    name: 'keepalived',
    async start(host) {
      for (const { name, check, notify } of addresses) {
        host.write(`/etc/keepalived/check-${name}`, `#!/bin/bash\n${check}\n`, 0o755)
        if (notify) host.write(`/etc/keepalived/notify-${name}`, notify, 0o755)
      }
      host.write('/etc/keepalived/keepalived.conf', keepalivedConfig(host.name, addresses))
      await launchKeepalived(host)
    },
    check: async (host) => {
      if (!(await host.isRunning('keepalived'))) throw new Error('keepalived has ended')
    },
  }
}

/** -P: VRRP alone; this kernel may have no IPVS. */
export async function launchKeepalived(host: Host): Promise<void> {
  // One machine stands for seventeen: the program that must not be late comes first, as it would on a host of its own.
  await host.start('keepalived', [
    'nice',
    '-n',
    '-10',
    'keepalived',
    '-n',
    '-P',
    '-l',
    '-D',
    '-f',
    '/etc/keepalived/keepalived.conf',
  ])
}

function keepalivedConfig(routerName: string, addresses: readonly Floating[]): string {
  return `global_defs {
  router_id ${routerName}
  script_user root
  enable_script_security
  vrrp_version 3
  vrrp_garp_master_delay 1
  vrrp_garp_master_repeat 3
  vrrp_garp_master_refresh 10
  max_auto_priority 50
}
${addresses.map(instance).join('')}`
}

const usualPatience = { seconds: 3, fall: 2 }

function instance(floating: Floating): string {
  const { name, routerId, address, self, peers, priority, notify, patience = usualPatience } = floating
  return `vrrp_script check_${name} {
  script "/etc/keepalived/check-${name}"
  interval 1
  timeout ${patience.seconds}
  fall ${patience.fall}
  rise 2
  init_fail
}
vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${routerId}
  priority ${priority}
  advert_int 0.2
  unicast_src_ip ${self}
  unicast_peer {
    ${peers.join('\n    ')}
  }
  nopreempt
  ${notify ? `notify "/etc/keepalived/notify-${name}"` : ''}
  virtual_ipaddress {
    ${address}/24
  }
  track_script {
    check_${name}
  }
}
`
}

/** Which of `hosts` holds the address now; undefined when none or several do. */
export async function holderOf(address: string, hosts: readonly Host[]): Promise<Host | undefined> {
  const holds = await Promise.all(
    hosts.map(async (host) => {
      if (!host.isUp()) return false
      const out = await host
        .exec(['ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0'], { timeoutMs: 2000 })
        .catch(() => '')
      return out.includes(` ${address}/`)
    }),
  )
  const holders = hosts.filter((_, index) => holds[index])
  return holders.length === 1 ? holders[0] : undefined
}
