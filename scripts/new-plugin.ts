// `npm run new:plugin NAME [FOLDER]` makes FOLDER/NAME (plugins/NAME where nothing is said): a plugin with one hook, one setting and tests
// that pass. What it makes is tried by new-plugin.live.test.ts, so that it cannot rot.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { apiVersion } from '#plugins/load.ts'

const packageFolder = resolve(import.meta.dirname, '..')

const server = (name: string) => `// ${name}: what it does, and what it must not do.

import type { Plugin } from 'paquebot/plugin-api'

const plugin: Plugin = (host) => {
  const greeting = host.settings.greeting as string
  return {
    hooks: {
      'message.outgoing': ({ addHeaders }) => ({ addHeaders: [...addHeaders, ['X-Greeting', greeting]] }),
    },
  }
}

export default plugin
`

const tests = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPluginUnderTest } from 'paquebot/plugin-test'

const message = {
  emailId: 'e1',
  subject: 'Hello',
  from: ['alice@example.test'],
  recipients: ['bob@example.test'],
  texts: [{ part: '1', type: 'text/plain', text: 'Hello Bob' }],
  addHeaders: [],
}

test('a message gets the greeting of the settings', async () => {
  const plugin = await openPluginUnderTest(import.meta.url, { settings: { greeting: 'good morning' } })
  const { addHeaders } = await plugin.ask('message.outgoing', message)
  assert.deepEqual(addHeaders, [['X-Greeting', 'good morning']])
  await plugin.close()
})
`

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** Path and contents of each file. */
function files(name: string, folder: string, version: string): Readonly<Record<string, string>> {
  const inPackage = (path: string) => relative(folder, join(packageFolder, path))
  const isOutside = relative(packageFolder, folder).startsWith('..')
  const manifest = {
    name,
    version: '0.1.0',
    apiVersion: `^${version}`,
    description: 'What it does, in one sentence.',
    access: {},
    hooks: { 'message.outgoing': {} },
    settings: { greeting: { type: 'text', default: 'hello', text: 'What the header X-Greeting says.' } },
  }
  // For the editor and tsc; Node needs neither. Inside the package its own configuration holds.
  const outside = {
    'package.json': json({ name: `paquebot-plugin-${name}`, version: '0.1.0', private: true, type: 'module' }),
    'tsconfig.json': json({
      extends: inPackage('tsconfig.base.json'),
      compilerOptions: {
        types: ['node'],
        typeRoots: [inPackage('node_modules/@types')],
        paths: {
          'paquebot/plugin-api': [inPackage('plugin-api/index.ts')],
          'paquebot/plugin-test': [inPackage('testing/plugin-under-test.ts')],
        },
      },
      include: ['*.ts'],
    }),
  }
  return {
    'plugin.json': json(manifest),
    'server.ts': server(name),
    [`${name}.test.ts`]: tests,
    ...(isOutside ? outside : {}),
  }
}

const [name, parent = join(packageFolder, 'plugins')] = process.argv.slice(2)
if (name === undefined || !/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
  console.error('npm run new:plugin NAME [FOLDER]: lower case letters, digits and hyphens')
  process.exit(64)
}
const folder = resolve(parent, name)
if (existsSync(folder)) {
  console.error(`${folder} exists`)
  process.exit(73)
}
mkdirSync(folder, { recursive: true })
for (const [path, text] of Object.entries(files(name, folder, await apiVersion())))
  writeFileSync(join(folder, path), text)
const shown = folder.startsWith(packageFolder + sep) ? relative(packageFolder, folder) : folder
console.log(`made ${shown}\n  npm run plugin:test ${shown}\n  [plugins] enabled = ["${name}"]`)
