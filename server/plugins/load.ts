// Finds the enabled plugins in their folders, checks manifests and settings, and imports `server.ts` (Node strips its types, wherever
// the folder lies). A plugin that cannot be loaded keeps the node from starting: it would otherwise run without what it was told to do.

import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Host, Plugin, PluginParts, SettingValue } from '#plugin-api/plugin.ts'
import { type CheckedManifest, type PluginFault, readManifest, readSettings } from './manifest.ts'

export interface FoundPlugin {
  readonly folder: string
  readonly manifest: CheckedManifest
  readonly settings: Readonly<Record<string, SettingValue>>
}

/** All that is wrong with the plugins that are enabled. */
export class PluginFaults extends Error {
  readonly faults: readonly PluginFault[]

  constructor(faults: readonly PluginFault[]) {
    super(faults.map(({ plugin, what }) => `${plugin}: ${what}`).join('\n'))
    this.name = 'PluginFaults'
    this.faults = faults
  }
}

const apiPackage = new URL('../../plugin-api/package.json', import.meta.url)

export async function apiVersion(): Promise<string> {
  return JSON.parse(await readFile(apiPackage, 'utf8')).version
}

export interface WantedPlugins {
  /** Looked through in this order. */
  readonly folders: readonly string[]
  readonly enabled: readonly string[]
  /** Plugin → its settings as configured. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** In the order of `enabled`. Throws PluginFaults. */
export async function findPlugins(wanted: WantedPlugins): Promise<readonly FoundPlugin[]> {
  const faults: PluginFault[] = []
  const version = await apiVersion()
  const found: FoundPlugin[] = []
  for (const name of wanted.enabled) {
    const folder = await findFolder(wanted.folders, name)
    if (folder === null) {
      faults.push({ plugin: name, what: `no folder of that name with a plugin.json in ${wanted.folders.join(', ')}` })
      continue
    }
    const plugin = await readFolder(folder, wanted.settings[name] ?? {}, version, faults)
    if (plugin) found.push(plugin)
  }
  for (const name of Object.keys(wanted.settings)) {
    if (!wanted.enabled.includes(name)) faults.push({ plugin: name, what: 'has settings but is not enabled' })
  }
  if (faults.length > 0) throw new PluginFaults(faults)
  return found
}

async function findFolder(folders: readonly string[], name: string): Promise<string | null> {
  for (const folder of folders) {
    const path = resolve(folder, name)
    const isThere = await stat(join(path, 'plugin.json')).then(
      (entry) => entry.isFile(),
      () => false,
    )
    // A name such as `../x` leads out of the folder.
    if (isThere && basename(path) === name) return path
  }
  return null
}

/** Null when faults were found, which have been added then. */
export async function readFolder(
  folder: string,
  given: unknown,
  version: string,
  faults: PluginFault[],
): Promise<FoundPlugin | null> {
  const name = basename(folder)
  const before = faults.length
  const report = (what: string) => void faults.push({ plugin: name, what })
  const manifest = readManifest(await readFile(join(folder, 'plugin.json'), 'utf8'), name, version, report)
  if (!manifest) return null
  const isTable = typeof given === 'object' && given !== null && !Array.isArray(given)
  if (!isTable) report('its settings must be a table')
  const settings = readSettings(manifest, isTable ? (given as Record<string, unknown>) : {}, (setting, what) =>
    faults.push({ plugin: name, ...(setting !== undefined && { setting }), what }),
  )
  return faults.length === before ? { folder, manifest, settings } : null
}

/** Throws PluginFaults where what it gives is not what its manifest says. */
export async function startPlugin({ folder, manifest }: FoundPlugin, host: Host): Promise<PluginParts> {
  const fault = (what: string, cause?: unknown) => {
    const faults = new PluginFaults([{ plugin: manifest.name, what }])
    if (cause !== undefined) faults.cause = cause
    return faults
  }
  let parts: PluginParts
  try {
    const module: { readonly default?: Plugin } = await import(pathToFileURL(join(folder, 'server.ts')).href)
    if (typeof module.default !== 'function') throw fault('server.ts has no default export that is a function')
    parts = await module.default(host)
  } catch (error) {
    if (error instanceof PluginFaults) throw error
    throw fault(`cannot be started: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const same = (declared: readonly string[], given: object, what: string) => {
    const names = Object.keys(given)
    for (const name of names)
      if (!declared.includes(name))
        throw fault(`server.ts gives the ${what} ${name}, which plugin.json does not declare`)
    for (const name of declared)
      if (!names.includes(name)) throw fault(`plugin.json declares the ${what} ${name}, which server.ts does not give`)
  }
  same(Object.keys(manifest.hooks), parts.hooks ?? {}, 'hook')
  same(manifest.calls, parts.calls ?? {}, 'call')
  same(manifest.provides, parts.provide ?? {}, 'provided')
  return parts
}
