// The client parts of plugins: `web.ts` with its types stripped by Node, or `web.js` as its author bundled it, under a name that holds its
// hash. One module each: what it imports besides types is not served.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { SettingValue } from '#plugin-api/plugin.ts'
import { type FoundPlugin, PluginFaults } from './load.ts'

export interface WebPart {
  readonly name: string
  /** `NAME-HASH.js` */
  readonly file: string
  readonly source: string
  readonly settings: Readonly<Record<string, SettingValue>>
}

/** Throws PluginFaults where a part is declared and is not there, or cannot be read. */
export async function readWebParts(plugins: readonly FoundPlugin[]): Promise<readonly WebPart[]> {
  const parts: WebPart[] = []
  for (const { manifest, folder, settings } of plugins) {
    if (!manifest.web) continue
    const source = await readSource(folder, manifest.name)
    const hash = createHash('sha256').update(source).digest('base64url').slice(0, 16)
    const told = Object.entries(settings).filter(([name]) => manifest.web?.settings?.includes(name))
    parts.push({
      name: manifest.name,
      file: `${manifest.name}-${hash}.js`,
      source,
      settings: Object.fromEntries(told),
    })
  }
  return parts
}

async function readSource(folder: string, plugin: string): Promise<string> {
  const bundled = await readFile(join(folder, 'web.js'), 'utf8').catch(() => null)
  if (bundled !== null) return bundled
  try {
    return stripTypeScriptTypes(await readFile(join(folder, 'web.ts'), 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PluginFaults([
      { plugin, what: `plugin.json declares a client part, and neither web.js nor web.ts can be read: ${why}` },
    ])
  }
}
