// The client parts of plugins: `web.ts` with its types stripped by Node, or `web.js` as its author bundled it, under a name that holds its
// hash, and beside it the worker in which it runs (part-worker.ts). One module each: what it imports besides types is not served.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { SettingValue } from '#plugin-api/plugin.ts'
import type { DeclaredPlaces } from '#plugin-api/web.ts'
import { type FoundPlugin, PluginFaults } from './load.ts'
import { codedPlaces, placesOf } from './web-manifest.ts'

export interface WebPart {
  readonly name: string
  /** The worker, `NAME-HASH.js`; null where no place needs code. */
  readonly file: string | null
  readonly files: readonly { readonly file: string; readonly source: string }[]
  readonly settings: Readonly<Record<string, SettingValue>>
  readonly places: DeclaredPlaces
}

const workerFile = new URL('part-worker.ts', import.meta.url)

/** Throws PluginFaults where a part is declared and is not there, or cannot be read. */
export async function readWebParts(plugins: readonly FoundPlugin[]): Promise<readonly WebPart[]> {
  const parts: WebPart[] = []
  for (const { manifest, folder, settings } of plugins) {
    if (!manifest.web) continue
    const { name, web } = manifest
    const places = placesOf(web)
    const told = Object.entries(settings).filter(([setting]) => web.settings?.includes(setting))
    const files = codedPlaces(places).length > 0 ? await readFiles(folder, name) : []
    parts.push({ name, file: files[0]?.file ?? null, files, settings: Object.fromEntries(told), places })
  }
  return parts
}

async function readFiles(folder: string, name: string): Promise<WebPart['files']> {
  const worker = stripTypeScriptTypes(await readFile(workerFile, 'utf8'))
  const source = await readSource(folder, name)
  const hash = createHash('sha256').update(worker).update(source).digest('base64url').slice(0, 16)
  return [
    { file: `${name}-${hash}.js`, source: worker },
    { file: `${name}-${hash}.part.js`, source },
  ]
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
