// The plugins of a node out of its configuration, and the doors of the domains with their hooks. What is wrong with them is told like
// every other fault of the configuration: with file and line, before anything listens.

import { fileURLToPath } from 'node:url'
import { BadConfig, type Config, placeOf } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { openPlugins, PluginFaults, type Plugins, type PluginsConfig } from '#plugins/index.ts'
import { findPlugins } from '#plugins/load.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { SqlDatabase } from '#ports/sql.ts'

const ownFolder = fileURLToPath(new URL('../../plugins', import.meta.url))

function pluginsConfig({ plugins }: Pick<Config, 'plugins'>): PluginsConfig {
  return {
    ...plugins,
    folders: [...plugins.folders, ownFolder],
    timeLimitMs: plugins.timeLimit,
    backgroundTimeLimitMs: plugins.backgroundTimeLimit,
  }
}

/** Throws BadConfig. */
export async function openNodePlugins(deps: {
  readonly config: Config
  readonly sql: SqlDatabase
  readonly clock: Clock
  readonly log: Log
}): Promise<Plugins> {
  const { config, sql, clock, log } = deps
  return asBadConfig(config, () => openPlugins({ sql: sql.for(), clock, log, config: pluginsConfig(config) }))
}

/** Manifests and settings alone, nothing started: `paquebot config check`. Throws BadConfig. */
export async function checkPlugins(config: Config): Promise<void> {
  await asBadConfig(config, () => findPlugins(pluginsConfig(config)))
}

/** What plugins want to be looked at before this node serves; none where no plugin does. */
export function pluginChecks(hooks: Hooks): Readonly<Record<string, () => Promise<void>>> {
  if (!hooks.listens('node.check')) return {}
  return { plugins: async () => void (await hooks.ask('node.check', {}, null)) }
}

async function asBadConfig<T>(config: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PluginFaults)) throw error
    throw new BadConfig(
      error.faults.map(({ plugin, setting, what }) => {
        const isOfSettings = setting !== undefined || Object.hasOwn(config.plugins.settings, plugin)
        const where = isOfSettings
          ? placeOf(config, `plugins.settings.${plugin}`, setting)
          : placeOf(config, 'plugins', 'enabled')
        return { where, what: `plugin ${plugin}: ${what}` }
      }),
    )
  }
}
