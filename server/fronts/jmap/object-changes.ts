// /changes (RFC 8620 §5.2) of the types whose objects live in SQL: they differ in the name alone.

import type { Caller } from '#core/caller.ts'
import { readArguments } from './arguments.ts'
import { changesResponse, readChanges } from './get.ts'
import type { Method } from './method.ts'

interface ObjectChanges {
  readonly newState: string
  readonly hasMore: boolean
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly destroyed: readonly string[]
}

export function objectChanges(
  capability: string,
  changes: (caller: Caller, sinceState: string, maxChanges: number | null) => Promise<ObjectChanges>,
): Method {
  return {
    capability,
    async run(call) {
      const args = readArguments(call)
      const { sinceState, maxChanges } = readChanges(args)
      args.finish()
      return changesResponse(call.caller.account, sinceState, await changes(call.caller, sinceState, maxChanges))
    },
  }
}
