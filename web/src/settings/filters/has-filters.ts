// What the mail server's Sieve can, as the session says it (RFC 9661 §1.3). Apart from the rest, for menus that are there from the start.

import { capabilities } from '#shared/jmap/core.ts'
import type { JmapClient } from '../../jmap/client.ts'

interface Sieve {
  readonly sieveExtensions?: readonly string[]
}

const sieveOf = (client: JmapClient): Sieve | undefined =>
  client.session.accounts[client.accountId]?.accountCapabilities[capabilities.sieve] as Sieve | undefined

/** Whether the mail server has filters that we can write. */
export function hasFilters(client: JmapClient): boolean {
  return sieveOf(client) !== undefined
}

/** Whether its Sieve has an extension. It is believed to as long as it has not said which it has: then it refuses by itself. */
export function hasExtension(client: JmapClient, name: string): boolean {
  const { sieveExtensions = [] } = sieveOf(client) ?? {}
  return sieveExtensions.length === 0 || sieveExtensions.includes(name)
}
