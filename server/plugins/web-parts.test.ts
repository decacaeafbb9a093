import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findPlugins, PluginFaults } from './load.ts'
import { readWebParts } from './web-parts.ts'

const asker = new URL('../../tests/plugins/asker/', import.meta.url)

test('a client part is served without its types, with the settings that it names and no others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-web-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(asker, join(folder, 'asker'), { recursive: true })
  const read = async () => readWebParts(await findPlugins({ folders: [folder], enabled: ['asker'], settings: {} }))
  const [part] = await read()
  assert.match(part!.file, /^asker-[\w-]{16}\.js$/)
  assert.deepEqual(part!.settings, { house: 'example.test' })
  assert.doesNotMatch(part!.source, /import|: string/)
  writeFileSync(join(folder, 'served.mjs'), part!.source)
  const { default: start } = await import(pathToFileURL(join(folder, 'served.mjs')).href)
  const { beforeSend } = start({ name: 'asker', settings: part!.settings, language: 'en' })
  assert.equal(beforeSend({ recipients: ['a@example.test'], subject: '', text: '', files: 0 }), null)
  writeFileSync(join(folder, 'asker/web.js'), 'export default () => ({})\n')
  const [bundled] = await read()
  assert.equal(bundled!.source, 'export default () => ({})\n', 'what its author bundled goes before')
  assert.notEqual(bundled!.file, part!.file)
  rmSync(join(folder, 'asker/web.js'))
  writeFileSync(join(folder, 'asker/web.ts'), 'enum X { a }\n')
  await assert.rejects(read(), PluginFaults)
  rmSync(join(folder, 'asker/web.ts'))
  await assert.rejects(read(), PluginFaults)
})
