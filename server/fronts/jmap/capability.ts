// One capability of the session object (RFC 8620 §2): what the server says of it, and what one account has of it. boot lists
// them; the core's own is here.

import type { Caller } from '#core/caller.ts'
import type { JmapLimits } from './method.ts'
import { collations } from './query.ts'

export interface Capability {
  /** The value under `capabilities`. */
  server(baseUrl: string): Readonly<Record<string, unknown>>
  /** The value under `accountCapabilities`; null: this account does not have it, and its methods answer accountNotSupportedByMethod. */
  account(caller: Caller): Promise<Readonly<Record<string, unknown>> | null>
  /** Every account has it: no method has to ask for what it has of it. */
  readonly isEveryones?: true
}

/** By URN. */
export type Capabilities = Readonly<Record<string, Capability>>

export function coreCapability(limits: JmapLimits): Capability {
  return {
    server: () => ({ ...limits, collationAlgorithms: collations }),
    account: async () => ({}),
    isEveryones: true,
  }
}

/** A capability whose presence says everything. */
export const plainCapability: Capability = { isEveryones: true, server: () => ({}), account: async () => ({}) }
