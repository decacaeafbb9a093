// The session resource (RFC 8620 §2) and its state. The state is made of what this node announces, so that two nodes of one
// configuration give the same.

import { hash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { type SessionAccount, type SessionResource, capabilities as urns } from '#shared/jmap/core.ts'
import type { Capabilities } from './capability.ts'

/** Who asks: the caller, and the URNs that a scoped token is narrowed to. */
export interface SessionView {
  readonly caller: Caller
  readonly scopes: readonly string[] | null
}

/** URNs that may stand in `using`. The core is nobody's to withhold: without it no request can be made. */
export function grantedCapabilities(all: Capabilities, scopes: readonly string[] | null): ReadonlySet<string> {
  return new Set(Object.keys(all).filter((urn) => scopes === null || urn === urns.core || scopes.includes(urn)))
}

export async function sessionObject(
  all: Capabilities,
  { caller, scopes }: SessionView,
  baseUrl: string,
): Promise<SessionResource> {
  const granted = [...grantedCapabilities(all, scopes)]
  const entries = await Promise.all(granted.map(async (urn) => [urn, await all[urn]!.account(caller)] as const))
  const accountCapabilities = Object.fromEntries(entries.filter(([, value]) => value !== null))
  const account: SessionAccount = {
    name: caller.address,
    isPersonal: true,
    isReadOnly: false,
    accountCapabilities: accountCapabilities,
  }
  const url = (path: string) => `${baseUrl}${path}`
  return {
    capabilities: Object.fromEntries(granted.map((urn) => [urn, all[urn]!.server(baseUrl)])),
    accounts: { [caller.account]: account },
    primaryAccounts: Object.fromEntries(Object.keys(accountCapabilities).map((urn) => [urn, caller.account])),
    username: caller.address,
    // RFC 8620 §2: URI templates (RFC 6570, level 1) with these very variables.
    apiUrl: url('/jmap/api'),
    downloadUrl: url('/jmap/download/{accountId}/{blobId}/{name}?type={type}'),
    uploadUrl: url('/jmap/upload/{accountId}'),
    eventSourceUrl: url('/jmap/events?types={types}&closeafter={closeafter}&ping={ping}'),
    state: sessionState(all, { caller, scopes }),
  }
}

/** Of a node, by scopes: what it announces stays the same while it runs. */
const announcements = new WeakMap<Capabilities, Map<string, string>>()

/** RFC 8620 §2: «a (preferably short) string representing the state of this object on the server». */
export function sessionState(all: Capabilities, { caller, scopes }: SessionView): string {
  const known = announcements.get(all) ?? new Map<string, string>()
  announcements.set(all, known)
  const granted = [...grantedCapabilities(all, scopes)].sort()
  const key = granted.join(' ')
  const announced = known.get(key) ?? JSON.stringify(granted.map((urn) => [urn, all[urn]!.server('')]))
  known.set(key, announced)
  return hash('sha256', `${caller.address}\n${announced}`, 'base64url').slice(0, 16)
}
