// `npm run plugin:test FOLDER`: the contract suites of what the plugin in that folder provides, then its own tests. The folder may lie
// anywhere; `paquebot/plugin-test` is this package's for it.

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const own = (path: string) => new URL(`../${path}`, import.meta.url)

if (import.meta.main) {
  const [given] = process.argv.slice(2)
  if (given === undefined || !existsSync(join(given, 'plugin.json'))) {
    console.error('npm run plugin:test FOLDER: a folder with a plugin.json')
    process.exit(64)
  }
  process.exit(run(resolve(given)))
} else {
  // Loaded by --import into each test process.
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'paquebot/plugin-test'
        ? { url: own('testing/plugin-under-test.ts').href, shortCircuit: true }
        : next(specifier, context),
  })
}

function run(folder: string): number {
  const temporary = mkdtempSync(join(tmpdir(), 'paquebot-plugin-test-'))
  try {
    const suites = join(temporary, 'contract.test.ts')
    const contract = own('testing/plugin-contract.ts').href
    writeFileSync(
      suites,
      `import { pluginContract } from ${JSON.stringify(contract)}\nawait pluginContract(${JSON.stringify(folder)})\n`,
    )
    const tests = globSync('**/*.test.ts', { cwd: folder, exclude: ['node_modules/**'] }).map((path) =>
      join(folder, path),
    )
    const flags = [
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      '--import',
      pathToFileURL(import.meta.filename).href,
    ]
    const { status } = spawnSync(process.execPath, [...flags, '--test', suites, ...tests], { stdio: 'inherit' })
    return status ?? 1
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
