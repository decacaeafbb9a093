import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '#core/log.ts'
import type { Context, Host } from '#plugin-api/plugin.ts'
import { openHost } from './host.ts'
import { findPlugins, PluginFaults, readFolder, startPlugin } from './load.ts'
import { satisfies } from './manifest.ts'

/** A folder far from the package, with one plugin in it. */
function folderWith(t: TestContext, name: string, manifest: unknown, server = 'export default () => ({})'): string {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-plugins-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, name))
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
  writeFileSync(join(folder, name, 'plugin.json'), text)
  writeFileSync(join(folder, name, 'server.ts'), server)
  return folder
}

const manifest = { name: 'mine', version: '0.1.0', apiVersion: '^1.0.0', description: 'a test' }
const find = (folder: string, settings: Record<string, unknown> = {}) =>
  findPlugins({ folders: [folder], enabled: ['mine'], settings })
const noHost = {} as Host

async function faultsOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('no fault was found'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof PluginFaults, String(error))
  return error.message
}

test('a plugin in TypeScript is loaded from any folder; its imports of types are gone by then', async (t) => {
  const folder = folderWith(
    t,
    'mine',
    { ...manifest, hooks: { 'mailbox.create': {} } },
    `import type { Plugin } from 'paquebot/plugin-api'
     const plugin: Plugin = () => ({ hooks: { 'mailbox.create': ({ name }) => ({ name: name.trim() as string }) } })
     export default plugin`,
  )
  const [found] = await find(folder)
  const parts = await startPlugin(found!, noHost)
  const answer = await parts.hooks?.['mailbox.create']?.({ name: ' x ', parentId: null }, {} as Context)
  assert.deepEqual(answer, { name: 'x' })
})

test('everything that is wrong with a manifest is told at once', async (t) => {
  const text = await faultsOf(
    find(
      folderWith(t, 'mine', {
        name: 'other',
        version: 1,
        apiVersion: '^2.0.0',
        description: 'x',
        hooks: { 'email.nothing': {} },
        access: { root: true, mail: 'all' },
        provides: ['coffee'],
        settings: { a: { type: 'color', text: 'x' }, b: { type: 'number', text: 'x', default: 'y' } },
        more: 1,
      }),
    ),
  )
  for (const part of [
    'other',
    'version must',
    '^2.0.0',
    'email.nothing',
    'access root',
    '"read" or "write"',
    'provides is a list of',
    'settings.a',
    'settings.b',
    'member more',
  ])
    assert.ok(text.includes(part), `${part} in ${text}`)
})

test('settings are held against their rules, and get their defaults', async (t) => {
  const folder = folderWith(t, 'mine', {
    ...manifest,
    settings: {
      words: { type: 'list', text: 'x', default: ['a'] },
      key: { type: 'text', text: 'the key', secret: true },
      on: { type: 'flag', text: 'x', default: false },
    },
  })
  const [found] = await find(folder, { mine: { key: 'k', on: true } })
  assert.deepEqual(found!.settings, { words: ['a'], key: 'k', on: true })
  assert.match(await faultsOf(find(folder)), /needs the setting key: the key/)
  const wrong = await faultsOf(find(folder, { mine: { key: 5, words: 'x', wrods: [] } }))
  assert.match(wrong, /no setting wrods; there are words, key, on/)
  assert.match(wrong, /words must be a list, not "x"/)
  assert.match(wrong, /key must be a text$/m, 'a secret is not shown')
  assert.match(
    await faultsOf(find(folder, { mine: { key: 'k' }, yours: {} })),
    /yours: has settings but is not enabled/,
  )
})

test('a name that leads elsewhere, or nowhere, is no plugin', async (t) => {
  const folder = folderWith(t, 'mine', manifest)
  for (const name of ['../mine', 'absent', '.', 'mine/../mine'])
    assert.match(await faultsOf(findPlugins({ folders: [folder], enabled: [name], settings: {} })), /no folder/)
})

test('what server.ts gives must be what plugin.json says', async (t) => {
  const start = async (hooks: object, server: string) => {
    const [found] = await find(folderWith(t, 'mine', { ...manifest, hooks }, server))
    return startPlugin(found!, noHost)
  }
  const gives = "export default () => ({ hooks: { 'node.check': () => undefined } })"
  assert.match(await faultsOf(start({}, gives)), /gives the hook node.check, which plugin.json does not declare/)
  assert.match(
    await faultsOf(start({ 'node.started': {} }, 'export default () => ({})')),
    /declares the hook node.started/,
  )
  assert.match(await faultsOf(start({}, 'export const x = 1')), /no default export/)
  assert.match(await faultsOf(start({}, 'export default () => { throw new Error("boom") }')), /cannot be started: boom/)
  assert.match(await faultsOf(start({}, 'export default (')), /cannot be started/)
})

test('a caret range takes the same major version from there on', () => {
  const cases: [string, string, boolean][] = [
    ['1.0.0', '^1.0.0', true],
    ['1.4.0', '^1.2.9', true],
    ['1.2.0', '^1.2.1', false],
    ['2.0.0', '^1.0.0', false],
    ['0.3.1', '^0.3.0', true],
    ['0.4.0', '^0.3.0', false],
    ['1.0.0', '1.0.0', false],
    ['1.0.0', '*', false],
  ]
  for (const [ours, range, expected] of cases) assert.equal(satisfies(ours, range), expected, `${ours} ${range}`)
})

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
const program = '#!/bin/sh\ncat; echo "$1 ${HOME:-none}" >&2; exit 3\n'

test('a plugin gets the handles that it declares, and no others', async (t) => {
  const script = join(folderWith(t, 'x', '{}'), 'program')
  writeFileSync(script, program, { mode: 0o755 })
  const folder = folderWith(t, 'mine', {
    ...manifest,
    access: { commands: ['$program'], files: ['$none'], fetch: ['api.example.test'] },
    settings: { program: { type: 'text', text: 'x' }, none: { type: 'text', text: 'x', default: '' } },
  })
  const found = await readFolder(join(folder, 'mine'), { program: script }, '1.0.0', [])
  const host = openHost({
    manifest: found!.manifest,
    settings: found!.settings,
    values: {} as Host['values'],
    log: silentLog,
  })
  async function* input() {
    yield Buffer.from('hello')
  }
  const ran = await host.run(script, ['a b;$(x)'], { stdin: input() })
  assert.deepEqual(ran, { exitCode: 3, stdout: 'hello', stderr: 'a b;$(x) none\n' })
  const isRefused = { message: 'internal' }
  assert.throws(() => host.run('/bin/sh', []), isRefused)
  await assert.rejects(host.readFile('/etc/passwd'), isRefused)
  await assert.rejects(host.readFile(''), isRefused)
  await assert.rejects(host.fetch('https://elsewhere.example.test/'), isRefused)
  await assert.rejects(host.fetch('file:///etc/passwd'), isRefused)
  assert.throws(() => host.values, isRefused)
})

test('a program that hangs is ended after its time', async (t) => {
  const folder = folderWith(t, 'mine', { ...manifest, access: { commands: ['/bin/sleep'] } })
  const found = await readFolder(join(folder, 'mine'), {}, '1.0.0', [])
  const host = openHost({ manifest: found!.manifest, settings: {}, values: {} as Host['values'], log: silentLog })
  await assert.rejects(host.run('/bin/sleep', ['600'], { timeoutMs: 100 }), { message: 'timeout' })
})
