// Whether an IP address is one of the public net. A list of what is allowed, not of what is refused: an address whose
// range nobody has named, or which hides another address in it, is not public.

import ipaddr from 'ipaddr.js'

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3') // RFC 4291 §2.4: all that IANA hands out

/** `address` in any textual form of inet_pton; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast'
  if (parsed.zoneId) return false
  // RFC 6052 §2.1: the well-known NAT64 prefix is how an IPv6-only host reaches IPv4 at all. What counts is where it leads.
  const bytes = parsed.toByteArray()
  if (isWellKnownNat64(bytes)) return isPublicAddress(bytes.slice(12).join('.'))
  // RFC 5214 §6.1: an ISATAP interface identifier carries an IPv4 address behind any prefix.
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  return parsed.match(globalUnicast) && parsed.range() === 'unicast' && !isIsatap
}

function isWellKnownNat64(bytes: readonly number[]): boolean {
  const prefix = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
  return prefix.every((byte, at) => bytes[at] === byte)
}
