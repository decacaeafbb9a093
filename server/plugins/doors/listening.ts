// Doors of domains and ports with hooks around them. A door that no plugin listens at is given back as it is, so that it costs nothing.

import type { HookName } from '#plugin-api/hooks.ts'
import type { Hooks } from '#ports/hooks.ts'

/** The door with those members replaced whose hooks are listened to; the door itself where there are none. */
export function withHooks<Door extends object>(
  hooks: Pick<Hooks, 'listens'>,
  door: Door,
  members: readonly { readonly on: readonly HookName[]; readonly put: Partial<Door> }[],
): Door {
  const wanted = members.filter(({ on }) => on.some((name) => hooks.listens(name)))
  return wanted.length === 0 ? door : Object.assign({}, door, ...wanted.map(({ put }) => put))
}
