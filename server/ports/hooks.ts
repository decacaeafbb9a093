// What the server asks plugins, as the rest of the server sees it: typed by plugin-api, which is types and nothing else. Who answers,
// in which order and for how long is server/plugins'.

import type { Caller } from '#core/caller.ts'
import type { HookChange, HookEvent, HookName, HookTable } from '#plugin-api/hooks.ts'

type OfKind<Kind extends string> = { [Name in HookName]: HookTable[Name]['kind'] extends Kind ? Name : never }[HookName]

/** Hooks that are waited for: Before and Shape. */
export type AskedHook = OfKind<'before' | 'shape'>
export type ToldHook = OfKind<'after'>

export interface Hooks {
  /** Whether any plugin listens: asked first where making the event costs anything. */
  listens(name: HookName): boolean
  /**
   * The event as the plugins left it. Throws `forbidden` with the `description` of the plugin that ended it, and `unavailable` when
   * one that is required failed; what goes wrong in any other is logged, counted and passed over.
   */
  ask<Name extends AskedHook>(
    name: Name,
    event: HookEvent<Name>,
    caller: Caller | null,
  ): Promise<HookEvent<Name> & Partial<HookChange<Name>>>
  /** Returns at once; the plugins are told beside the request. */
  tell<Name extends ToldHook>(name: Name, event: HookEvent<Name>, caller: Caller | null): void
}
