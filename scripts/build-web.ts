// Builds web/dist when what it is made from has changed, by a hash over the inputs, and lays compressed twins beside each
// file for the assets front. Fresh: done in a fraction of a second. `buildWeb()` is called by start, demo and tests too.

import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'web/dist')
const inputs = ['web', 'shared', 'package-lock.json', 'scripts/build-web.ts']
const compressible = /\.(m?js|css|html|svg|json)$/
const minCompressBytes = 512

/** Resolves when web/dist is what the sources say; true if it had to be built. */
export async function buildWeb(): Promise<boolean> {
  const hash = await hashInputs()
  const built = await readFile(join(dist, '.inputs'), 'utf8').catch(() => '')
  if (built === hash) return false
  // Built beside and moved into place, so that two who build at once never serve half of it.
  const target = join(root, `node_modules/.cache/web-${process.pid}`)
  try {
    const { build } = await import('vite')
    await build({
      configFile: join(root, 'web/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: target },
    })
    await compressAll(target)
    await writeFile(join(target, '.inputs'), hash)
    await replace(target, dist)
  } finally {
    await rm(target, { recursive: true, force: true })
  }
  return true
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256')
  for (const input of inputs) {
    for (const path of await filesBelow(join(root, input))) {
      hash.update(`${relative(root, path)}\n`).update(await readFile(path))
    }
  }
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null)
  if (!entries) return [path]
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|fuzz)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/web\/\.?dist/.test(file))
    .sort()
}

async function compressAll(directory: string): Promise<void> {
  for (const path of await filesBelow(directory)) {
    if (!compressible.test(path)) continue
    const bytes = await readFile(path)
    if (bytes.length < minCompressBytes) continue
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, quality))
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  }
}

async function replace(from: string, to: string): Promise<void> {
  const old = `${from}-replaced`
  await rename(to, old).catch(() => {})
  try {
    await rename(from, to)
  } catch {
    // Somebody else has put theirs in place meanwhile: the same inputs, the same result.
    await mkdir(to, { recursive: true })
    await cp(from, to, { recursive: true, force: true })
  }
  await rm(old, { recursive: true, force: true })
}

if (import.meta.main) {
  const startedAt = performance.now()
  const wasBuilt = await buildWeb()
  console.log(wasBuilt ? `web: built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s` : 'web: fresh')
}
