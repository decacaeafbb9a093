// The door of plugins: loads those that are enabled and gives their hooks and what they provide.
//
// Opened right after the database, before anything that a plugin may provide; the rooms that plugins reach into (mail, settings) are
// joined once they are open. Closing waits for what plugins were told.

import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { orLate } from '#core/or-late.ts'
import type { Mail } from '#domain/mail/index.ts'
import type { SettingsDomain } from '#domain/settings/index.ts'
import type { Context, PluginParts } from '#plugin-api/plugin.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { Sql } from '#ports/sql.ts'
import { type Breaker, openBreaker } from './breaker.ts'
import { type HookCalls, type LoadedPlugin, openHookCalls } from './call-hooks.ts'
import { notDeclared, openHost } from './host.ts'
import { type FoundPlugin, findPlugins, startPlugin, type WantedPlugins } from './load.ts'
import { mailAccessOf } from './mail-access.ts'
import { openPluginMetrics, type PluginMetrics } from './metrics.ts'
import { type Chosen, openProvided, type ProvidedPorts } from './provided.ts'
import { openValues, type ValueTables } from './values.ts'
import { readWebParts, type WebPart } from './web-parts.ts'

export { PluginFaults } from './load.ts'
export type { PluginFault } from './manifest.ts'

export interface PluginsConfig extends WantedPlugins, Chosen {
  /** Plugins whose failure refuses what they were asked about. */
  readonly required: readonly string[]
  readonly timeLimitMs: number
  readonly backgroundTimeLimitMs: number
}

export interface PluginsDeps {
  readonly sql: Sql<ValueTables>
  readonly clock: Clock
  readonly log: Log
  readonly config: PluginsConfig
}

export interface Plugins {
  readonly hooks: Hooks
  readonly provided: ProvidedPorts
  readonly metrics: Pick<PluginMetrics, 'register'>
  readonly web: readonly WebPart[]
  /** What a client part asks its server part. */
  readonly call: HookCalls['callPlugin']
  /** What contexts reach into; before it, they have nothing. */
  join(rooms: Rooms): void
  /** Resolves when what plugins were told has been heard. */
  settle(): Promise<void>
  close(): Promise<void>
}

export interface Rooms {
  readonly mail: Mail
  readonly settings: Pick<SettingsDomain, 'list'>
}

/** A node that stops does not wait longer for what plugins were told. */
const closeTimeoutMs = 10_000

/** Throws PluginFaults. */
export async function openPlugins(deps: PluginsDeps): Promise<Plugins> {
  const { log, clock, config } = deps
  const found = await findPlugins(config)
  const web = await readWebParts(found)
  let rooms: Rooms | null = null
  const started: { readonly plugin: FoundPlugin; readonly parts: PluginParts; readonly breaker: Breaker }[] = []
  for (const plugin of found) {
    const { manifest, settings } = plugin
    const values = openValues(deps.sql, clock, manifest.name)
    const parts = await startPlugin(plugin, openHost({ manifest, settings, values, log }))
    started.push({ plugin, parts, breaker: openBreaker(clock) })
  }
  const breakers = new Map(started.map(({ plugin, breaker }) => [plugin.manifest.name, breaker]))
  const metrics = openPluginMetrics([...breakers.keys()], (name) => breakers.get(name)?.isOn() ?? false)
  const loaded = started.map(
    ({ plugin: { manifest }, parts, breaker }): LoadedPlugin => ({
      name: manifest.name,
      handlers: parts.hooks ?? {},
      calls: parts.calls ?? {},
      order: Object.fromEntries(Object.entries(manifest.hooks).map(([name, how]) => [name, how?.order])),
      isRequired: config.required.includes(manifest.name),
      breaker,
      contextFor: (caller, signal) => contextOf(manifest, rooms, caller, signal),
    }),
  )
  const calls = openHookCalls({ plugins: loaded, metrics, log, config })
  if (found.length > 0)
    log.info('plugins.loaded', { plugins: found.map(({ manifest }) => `${manifest.name} ${manifest.version}`) })
  return {
    hooks: calls,
    provided: openProvided(
      config,
      new Map(started.map(({ plugin, parts }) => [plugin.manifest.name, parts.provide ?? {}])),
    ),
    metrics,
    web,
    call: calls.callPlugin,
    join(opened) {
      rooms = opened
    },
    settle: () => calls.settle(),
    async close() {
      await orLate(calls.settle(), closeTimeoutMs, () => log.warn('plugins.leftTelling', { ms: closeTimeoutMs }))
      for (const { plugin, parts } of started.toReversed()) {
        await parts
          .close?.()
          .catch((error: unknown) => log.error('plugin.close', { plugin: plugin.manifest.name, error }))
      }
    },
  }
}

function contextOf(
  manifest: FoundPlugin['manifest'],
  rooms: Rooms | null,
  person: Caller | null,
  signal: AbortSignal,
): Context {
  // What is told is heard after the request, whose own signal may be over by then.
  const caller = person && { ...person, signal }
  return {
    accountId: person?.account ?? null,
    address: person?.address ?? null,
    signal,
    mail: mailAccessOf(manifest, rooms?.mail ?? null, caller),
    preferences: {
      async get() {
        if (manifest.access.preferences !== true) throw notDeclared(manifest.name, 'preferences')
        if (!rooms || !caller) return {}
        const { list } = await rooms.settings.list(caller, [`plugin-${manifest.name}`])
        return list[0]?.value ?? {}
      },
    },
  }
}
