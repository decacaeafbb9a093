import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { ManifestAccess } from '#plugin-api/plugin.ts'
import { findPlugins, PluginFaults } from './load.ts'
import { checkWeb } from './web-manifest.ts'
import { readWebParts, type WebPart } from './web-parts.ts'

const asker = new URL('../../tests/plugins/asker/', import.meta.url)

test('a client part is served without its types, with the settings that it names and no others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-web-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(asker, join(folder, 'asker'), { recursive: true })
  const read = async () => readWebParts(await findPlugins({ folders: [folder], enabled: ['asker'], settings: {} }))
  const source = (one: WebPart | undefined) => one!.files[1]!.source
  const [part] = await read()
  assert.match(part!.file!, /^asker-[\w-]{16}\.js$/)
  assert.deepEqual(part!.places, { beforeSend: {} }, 'what 1.0 of the API had')
  assert.deepEqual(
    part!.files.map(({ file }) => file),
    [part!.file, part!.file!.replace('.js', '.part.js')],
  )
  assert.doesNotMatch(part!.files[0]!.source, /import type|: WebHost/)
  assert.deepEqual(part!.settings, { house: 'example.test' })
  assert.doesNotMatch(source(part), /import|: string/)
  writeFileSync(join(folder, 'served.mjs'), source(part))
  const { default: start } = await import(pathToFileURL(join(folder, 'served.mjs')).href)
  const { beforeSend } = start({ name: 'asker', settings: part!.settings, language: 'en' })
  assert.equal(beforeSend({ recipients: ['a@example.test'], subject: '', text: '', files: 0 }), null)
  writeFileSync(join(folder, 'asker/web.js'), 'export default () => ({})\n')
  const [bundled] = await read()
  assert.equal(source(bundled), 'export default () => ({})\n', 'what its author bundled goes before')
  assert.notEqual(bundled!.file, part!.file)
  rmSync(join(folder, 'asker/web.js'))
  writeFileSync(join(folder, 'asker/web.ts'), 'enum X { a }\n')
  await assert.rejects(read(), PluginFaults)
  rmSync(join(folder, 'asker/web.ts'))
  await assert.rejects(read(), PluginFaults)
})

test('settings alone need no code', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-web-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'chooser'))
  const places = { settings: { title: 'Choose', fields: { on: { type: 'flag', label: 'On', default: true } } } }
  const manifest = {
    name: 'chooser',
    version: '1.0.0',
    apiVersion: '^1.1.0',
    description: 'x',
    access: { preferences: true },
    web: { places },
  }
  writeFileSync(join(folder, 'chooser/plugin.json'), JSON.stringify(manifest))
  const [part] = await readWebParts(await findPlugins({ folders: [folder], enabled: ['chooser'], settings: {} }))
  assert.deepEqual(part, { name: 'chooser', file: null, files: [], settings: {}, places })
})

test('what a manifest says of places is checked, member by member', () => {
  const faults = (web: unknown, access: ManifestAccess = { preferences: true }) => {
    const told: string[] = []
    checkWeb(web, { access, settings: {} }, (what) => void told.push(what.replace('plugin.json: ', '')))
    return told.join('; ')
  }
  const label = { en: 'Do it' }
  const fields = { on: { type: 'flag', label, default: true } }
  assert.equal(
    faults({
      places: {
        beforeSend: { reads: ['subject'], replaces: ['forgottenAttachment'] },
        messageAction: { label, reads: ['from', 'header:X-Spam-Status:asText'] },
        messageLine: {},
        composeAction: { label: 'Do it', reads: ['recipients'] },
        notice: {},
        settings: { title: label, fields },
      },
    }),
    '',
  )
  for (const [places, told] of [
    [{ sidebar: {} }, /no place sidebar/],
    [{ notice: { label } }, /no member label/],
    [{ messageAction: {} }, /label is a text/],
    [{ messageAction: { label: {} } }, /label is a text/],
    [{ messageLine: { reads: ['bodyValues'] } }, /bodyValues, which is not given/],
    [{ messageLine: { reads: ['header:X:asRaw'] } }, /asRaw, which is not given/],
    [{ composeAction: { label, reads: ['bcc'] } }, /bcc, which is not given/],
    [{ beforeSend: { replaces: ['all'] } }, /replaces is a list/],
    [{ settings: { title: label, fields: {} } }, /fields is an object/],
    [{ settings: { title: label, fields: { on: { type: 'flag', label, default: 'yes' } } } }, /fields\.on needs/],
    [
      { settings: { title: label, fields: { on: { type: 'choice', label, default: 'c', choices: { a: 'A' } } } } },
      /fields\.on needs/,
    ],
  ] as const)
    assert.match(faults({ places }), told)
  assert.match(faults({ places: { settings: { title: label, fields } } }, {}), /needs the access preferences/)
  assert.match(faults({ slots: {} }), /web has no member slots/)
})
