// Addresses and networks as the configuration lists them: whether one of them holds an address.

import ipaddr from 'ipaddr.js'
import { Failure } from '#core/errors.ts'

/** `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`. Throws badInput for what is neither. IPv4 mapped into IPv6 is IPv4. */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const networks = entries.map(readNetwork)
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
  }
}

function readNetwork(entry: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    if (entry.includes('/')) return ipaddr.parseCIDR(entry)
    const address = ipaddr.process(entry)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch (error) {
    throw new Failure('badInput', { description: `${entry} is no address and no network` }, error)
  }
}
